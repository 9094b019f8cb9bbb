import { JSONPathEnvironment, type JSONPathQuery, type JSONValue } from "json-p3";
import { ConfigError, excerpt } from "../core/errors.js";

/** A JSONPath that was checked and prepared once. */
export interface CompiledPath {
  /** As it was written. */
  readonly path: string;
  /** All matches in document order. */
  find(value: unknown): unknown[];
  /** The first match; undefined when there is none. */
  first(value: unknown): unknown;
  /** True when finding nothing in `value` needs no explanation: the list that a wildcard or filter goes over is there but empty, or filtered. */
  mayBeEmpty(value: unknown): boolean;
}

/** One step of a path: a key, a position, all members, or anything else in brackets (slice, filter, union) or after `..`. */
type Segment =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "other"; readonly text: string };

const environment = new JSONPathEnvironment({ maxRecursionDepth: 2000 });

/** Keys that need no quotes. More than RFC 9535 allows: hyphens, `@` and digits, as in dlt. */
const BARE_KEY = /[\p{L}\p{N}_@$-]+/uy;
/** OData annotations (`@odata.nextLink`) are one key although they contain a dot. */
const ANNOTATION = /@[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/uy;
const QUOTED = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;
const POSITION = /^\s*-?\d+\s*$/;

/**
 * Compiles a JSONPath (RFC 9535), with or without the leading `$`. Without it dlt's shorter forms are understood:
 * `a.b`, `many-results`, `['a b'].c`, `edges[*].node`, `a[0]`, `@odata.nextLink` (one key). A dot always separates keys;
 * a key that contains one is written in brackets and quotes.
 *
 * Keys, positions and wildcards are evaluated here, everything else (filters, slices, `..`) by json-p3.
 *
 * @throws ConfigError when the path is not valid.
 */
export function compilePath(path: string): CompiledPath {
  const segments = split(path);
  const head: SimpleSegment[] = [];
  for (const segment of segments) {
    if (segment.kind === "other") return new QueryPath(path, head, segments.slice(head.length));
    head.push(segment);
  }
  return new SimplePath(path, head);
}

/** The path of exactly these keys, whatever characters they contain. Shown as `a.b`, or in brackets where a key needs it. */
export function pathOfKeys(keys: readonly string[]): CompiledPath {
  const text = keys.map((key, i) => (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key) ? (i === 0 ? key : `.${key}`) : bracketed(key)));
  return new SimplePath(keys.length === 0 ? "$" : text.join(""), keys.map((key) => ({ kind: "key", key })));
}

type SimpleSegment = Exclude<Segment, { kind: "other" }>;

/** Keys, positions and wildcards only. */
class SimplePath implements CompiledPath {
  readonly path: string;
  readonly #segments: readonly SimpleSegment[];
  readonly #single: boolean;

  constructor(path: string, segments: readonly SimpleSegment[]) {
    this.path = path;
    this.#segments = segments;
    this.#single = segments.every((segment) => segment.kind !== "all");
  }

  find(value: unknown): unknown[] {
    if (!this.#single) return this.#walk(value).found;
    const found = this.first(value);
    return found === undefined ? [] : [found];
  }

  first(value: unknown): unknown {
    if (!this.#single) return this.find(value)[0];
    let current = value;
    for (const segment of this.#segments) {
      current = segment.kind === "all" ? undefined : stepInto(current, segment);
      if (current === undefined) return undefined;
    }
    return current;
  }

  mayBeEmpty(value: unknown): boolean {
    const { found, stoppedAt } = this.#walk(value);
    return found.length === 0 && stoppedAt?.kind === "all";
  }

  /** All matches, and the segment after which there were none. */
  #walk(value: unknown): { found: unknown[]; stoppedAt?: SimpleSegment } {
    let found: unknown[] = [value];
    for (const segment of this.#segments) {
      const next: unknown[] = [];
      for (const item of found) {
        if (segment.kind === "all") for (const member of membersOf(item)) next.push(member);
        else {
          const member = stepInto(item, segment);
          if (member !== undefined) next.push(member);
        }
      }
      found = next;
      if (found.length === 0) return { found, stoppedAt: segment };
    }
    return { found };
  }
}

/** Keys and positions first, then what only json-p3 understands. */
class QueryPath implements CompiledPath {
  readonly path: string;
  readonly #head: SimplePath;
  readonly #query: JSONPathQuery;
  readonly #descends: boolean;

  constructor(path: string, head: readonly SimpleSegment[], rest: readonly Segment[]) {
    this.path = path;
    this.#head = new SimplePath(path, head);
    this.#query = compileQuery(path, `$${rest.map(textOf).join("")}`);
    this.#descends = rest.some((segment) => segment.kind === "other" && segment.text.startsWith(".."));
  }

  find(value: unknown): unknown[] {
    // json-p3's type for its input leaves out bigint, which it only compares.
    return this.#head.find(value).flatMap((start) => this.#query.query(start as JSONValue).values() as unknown[]);
  }

  first(value: unknown): unknown {
    for (const start of this.#head.find(value)) {
      const match = this.#query.match(start as JSONValue);
      if (match !== undefined) return match.value;
    }
    return undefined;
  }

  mayBeEmpty(value: unknown): boolean {
    return !this.#descends && this.#head.find(value).length > 0;
  }
}

function stepInto(value: unknown, segment: SimpleSegment): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return segment.kind === "index" ? (value as unknown[]).at(segment.index) : undefined;
  if (segment.kind !== "key") return undefined;
  return Object.hasOwn(value, segment.key) ? (value as Record<string, unknown>)[segment.key] : undefined;
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function split(path: string): Segment[] {
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
  const json = text.startsWith('"') ? text : `"${text.slice(1, -1).replace(/\\.|"/g, (part) => (part === "\\'" ? "'" : part === '"' ? '\\"' : part))}"`;
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

function textOf(segment: Segment): string {
  if (segment.kind === "key") return bracketed(segment.key);
  if (segment.kind === "index") return `[${segment.index}]`;
  return segment.kind === "all" ? "[*]" : segment.text;
}

function bracketed(key: string): string {
  return `[${JSON.stringify(key)}]`;
}

function compileQuery(path: string, query: string): JSONPathQuery {
  try {
    return environment.compile(query);
  } catch (cause) {
    throw badPath(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function badPath(path: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`${excerpt(path)} is not a valid JSONPath: ${reason}`, {
    cause,
    hint: "Write keys with dots between them (`data.items`) and quote unusual ones in brackets (`['my key']`); filters and wildcards follow RFC 9535.",
  });
}
