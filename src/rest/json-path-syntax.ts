import { ConfigError, excerpt } from "../core/errors.js";

/** One step of a path: a key, a position, all members, or anything else in brackets (slice, filter, union) or after `..`. */
export type Segment =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "other"; readonly text: string };

/** What sluice evaluates itself. */
export type SimpleSegment = Exclude<Segment, { kind: "other" }>;

/** Keys that need no quotes. More than RFC 9535 allows: hyphens, `@` and digits, as in dlt. */
const BARE_KEY = /[\p{L}\p{N}_@$-]+/uy;
/** OData annotations (`@odata.nextLink`) are one key although they contain a dot. */
const ANNOTATION = /@[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/uy;
const QUOTED = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;
const POSITION = /^\s*-?\d+\s*$/;

/**
 * Takes a path apart. Understands RFC 9535 and dlt's forms without `$`; what is inside brackets is checked later by json-p3.
 *
 * @throws ConfigError when it cannot be taken apart.
 */
export function splitPath(path: string): Segment[] {
  const segments: Segment[] = [];
  const text = path.trim();
  let at = 0;
  // A leading `$` is the root, not a key, unless it belongs to a longer name such as `$schema`.
  if (/^\$(?=[.[]|$)/.test(text)) at = 1;
  let wantsKey = at === 0;
  if (text === "") throw badPath(path, "it is empty");
  while (at < text.length) {
    if (text[at] === "[") {
      const end = closingBracket(path, text, at);
      segments.push(bracketSegment(text.slice(at + 1, end)));
      at = end + 1;
      wantsKey = false;
      continue;
    }
    if (text.startsWith("..", at)) {
      const end = nextBoundary(text, at + 2);
      segments.push({ kind: "other", text: text.slice(at, end) });
      at = end;
      wantsKey = false;
      continue;
    }
    if (text[at] === ".") {
      if (wantsKey) throw badPath(path, `a key is missing before position ${at}`);
      at += 1;
      wantsKey = true;
    }
    if (!wantsKey) throw badPath(path, `"${text[at]}" at position ${at} is not expected`);
    const { segment, end } = keySegment(path, text, at);
    segments.push(segment);
    at = end;
    wantsKey = false;
  }
  if (wantsKey) throw badPath(path, "it ends where a key is expected");
  return segments;
}

function keySegment(path: string, text: string, at: number): { segment: Segment; end: number } {
  if (text[at] === "*") return { segment: { kind: "all" }, end: at + 1 };
  if (text[at] === "[") {
    const end = closingBracket(path, text, at);
    return { segment: bracketSegment(text.slice(at + 1, end)), end: end + 1 };
  }
  const quoted = matchAt(QUOTED, text, at);
  if (quoted !== undefined) return { segment: bracketSegment(quoted), end: at + quoted.length };
  const key = matchAt(ANNOTATION, text, at) ?? matchAt(BARE_KEY, text, at);
  if (key === undefined) throw badPath(path, `a key is missing at position ${at}`);
  return { segment: { kind: "key", key }, end: at + key.length };
}

function bracketSegment(inside: string): Segment {
  const text = inside.trim();
  if (text === "*") return { kind: "all" };
  if (POSITION.test(text)) return { kind: "index", index: Number(text) };
  const key = unquote(text);
  if (key !== undefined) return { kind: "key", key };
  return { kind: "other", text: `[${text.startsWith("?") ? withDoubleAnd(text) : text}]` };
}

/** The key that a quoted text stands for; undefined when it is something else or its escapes are not RFC 9535's, which are JSON's and `\'`. */
function unquote(text: string): string | undefined {
  if (matchAt(QUOTED, text, 0)?.length !== text.length) return undefined;
  const json = text.startsWith('"')
    ? text
    : `"${text.slice(1, -1).replace(/\\.|"/g, (part) => (part === "\\'" ? "'" : part === '"' ? '\\"' : part))}"`;
  try {
    return String(JSON.parse(json));
  } catch {
    return undefined; // json-p3 then says what is wrong with it.
  }
}

/** dlt's filters join conditions by a single `&`. */
function withDoubleAnd(filter: string): string {
  return filter.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|&+/g, (part) => (part === "&" ? "&&" : part));
}

/** The position of the bracket that closes the one at `open`, past quotes and inner brackets. */
function closingBracket(path: string, text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const quoted = matchAt(QUOTED, text, at);
    if (quoted !== undefined) at += quoted.length - 1;
    else if (text[at] === "[") depth += 1;
    else if (text[at] === "]" && --depth === 0) return at;
  }
  throw badPath(path, `the bracket at position ${open} is not closed`);
}

/** End of the name after `..`. */
function nextBoundary(text: string, at: number): number {
  if (text[at] === "*") return at + 1;
  return at + (matchAt(BARE_KEY, text, at)?.length ?? 0);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** A segment in RFC 9535's spelling. */
export function textOf(segment: Segment): string {
  if (segment.kind === "key") return bracketed(segment.key);
  if (segment.kind === "index") return `[${segment.index}]`;
  return segment.kind === "all" ? "[*]" : segment.text;
}

/** A key in brackets and quotes. */
export function bracketed(key: string): string {
  return `[${JSON.stringify(key)}]`;
}

/** The error for a path that is not valid. */
export function badPath(path: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`${excerpt(path)} is not a valid JSONPath: ${reason}`, {
    cause,
    hint: "Write keys with dots between them (`data.items`) and quote unusual ones in brackets (`['my key']`); filters and wildcards follow RFC 9535.",
  });
}
