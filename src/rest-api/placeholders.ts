import { didYouMean, nearest } from "../core/nearest.js";
import { toCamel, toSnake } from "./spelling.js";

/** Values of an incremental cursor that a request may use. `lastValue` is the start as well: it is frozen when the run starts. */
export const INCREMENTAL_FIELDS = ["startValue", "initialValue", "lastValue", "endValue"] as const;
export type IncrementalField = (typeof INCREMENTAL_FIELDS)[number];

/** `{resources.users.id}` or `{users.id}`: a JSONPath into one row of the parent. */
export interface ParentPlaceholder {
  readonly kind: "parent";
  readonly resource: string;
  readonly jsonPath: string;
  /** As written, with braces. */
  readonly source: string;
}

/** `{incremental.start_value}`: a value of the endpoint's cursor. */
export interface IncrementalPlaceholder {
  readonly kind: "incremental";
  readonly field: IncrementalField;
  readonly source: string;
}

/** `{name}` in a path: a plain or a `resolve` entry of the endpoint's params. */
export interface ParamPlaceholder {
  readonly kind: "param";
  readonly name: string;
  readonly source: string;
}

export type Placeholder = ParentPlaceholder | IncrementalPlaceholder | ParamPlaceholder;

/** Text with placeholders, taken apart. Literal text has its doubled braces resolved. */
export type TextPart = string | Placeholder;

/**
 * Where a text stands. In a `path` every brace must mean something; in a query parameter (`params`) a value that as a
 * whole looks like a placeholder must be one; elsewhere (`text`) unknown braces are literal, so that GraphQL and JSON
 * need no escaping.
 */
export type TextPlace = "path" | "params" | "text";

export interface ParsedText {
  readonly parts: readonly TextPart[];
  /** What is wrong with the placeholders, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * Takes a text apart. Only known roots are placeholders: `resources`, `incremental`, the names in `resources` and, in a
 * path, plain names. `{{` and `}}` stand for single braces where every brace of the text is doubled or belongs to a
 * placeholder (dlt's rule); a text with any other brace, such as GraphQL or JSON, is literal between its placeholders.
 */
export function parseText(text: string, place: TextPlace, resources: readonly string[]): ParsedText {
  if (!text.includes("{") && !text.includes("}")) return { parts: text === "" ? [] : [text], problems: [] };
  const escaped = place === "path" || isFormatText(text, resources);
  const parts: TextPart[] = [];
  const problems: string[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push(literal);
    literal = "";
  };
  let i = 0;
  while (i < text.length) {
    const char = text.charAt(i);
    if (escaped && (char === "{" || char === "}") && text[i + 1] === char) {
      literal += char;
      i += 2;
      continue;
    }
    const end = char === "{" ? closingBrace(text, i) : -1;
    const expression = end < 0 ? undefined : text.slice(i + 1, end);
    const found = expression === undefined ? undefined : readExpression(expression, place, resources);
    if (found !== undefined && expression !== undefined) {
      if (typeof found === "string") problems.push(found);
      else {
        flush();
        parts.push(found);
      }
      i = end + 1;
      continue;
    }
    if (place === "path" && (char === "{" || char === "}")) {
      problems.push(
        `has a single "${char}" that belongs to no placeholder; write "${char}${char}" for the character itself`,
      );
    }
    literal += char;
    i += 1;
  }
  flush();
  if (place === "params" && problems.length === 0 && !escaped) {
    const unknown = /^\{([\p{L}_][\w-]*)\.[\w.[\]-]+\}$/u.exec(text)?.[1];
    if (unknown !== undefined)
      problems.push(`${describe(text)} names no resource "${unknown}"${meant(unknown, resources)}`);
  }
  if (place !== "path" && problems.length === 0 && !escaped) problems.push(...misspelt(text, resources));
  return { parts, problems };
}

/** `{name.field}`: what is a placeholder when the name is that of a resource. */
const SHORT_FORM = /\{([\p{L}_][\w-]*)\.[\w.[\]-]+\}/gu;

/** What looks like the name of a resource, but for a letter. In a text with other braces, such as GraphQL or JSON, nothing does. */
function misspelt(text: string, resources: readonly string[]): string[] {
  if (!isFormatText(text.replaceAll(SHORT_FORM, ""), resources)) return [];
  return [...text.matchAll(SHORT_FORM)].flatMap(([source, name = ""]) =>
    resources.includes(name) || nearest(name, resources) === undefined
      ? []
      : [
          `${describe(source)} names no resource "${name}"${meant(name, resources)}; double its braces if it is meant as it stands`,
        ],
  );
}

/** True when every brace of the text is doubled or belongs to a placeholder, as in a Python format string. */
function isFormatText(text: string, resources: readonly string[]): boolean {
  for (let i = 0; i < text.length;) {
    const char = text.charAt(i);
    if (char !== "{" && char !== "}") i += 1;
    else if (text[i + 1] === char) i += 2;
    else {
      const end = char === "{" ? closingBrace(text, i) : -1;
      if (end < 0 || readExpression(text.slice(i + 1, end), "text", resources) === undefined) return false;
      i = end + 1;
    }
  }
  return true;
}

/** Position of the brace that closes the one at `open`; quoted parts of a JSONPath are skipped. -1: there is none. */
function closingBrace(text: string, open: number): number {
  let quote = "";
  for (let i = open + 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "}") return i;
    else if (char === "{") return -1;
    else if ((char === "'" || char === '"') && text[i - 1] === "[") quote = char;
  }
  return -1;
}

/** Python's conversion and format spec (`!r`, `:>5`) at the end of an expression; colons in brackets are slices. */
const FORMAT = /(?:![a-z])?(?::[^\]'"]*)?$/i;

/** The placeholder, a sentence that says what is wrong with it, or undefined: not a placeholder at all. */
function readExpression(
  expression: string,
  place: TextPlace,
  resources: readonly string[],
): Placeholder | string | undefined {
  const source = `{${expression}}`;
  const format = FORMAT.exec(expression)?.[0] ?? "";
  if (format !== "" && typeof readExpression(expression.slice(0, -format.length), place, resources) === "object")
    return `${describe(source)} has the format "${format}", which is not supported; change the value with a map step of the parent`;
  if (/^resources[.[]/.test(expression) || expression === "resources")
    return readParent(expression.slice("resources.".length), source, resources);
  const incremental = /^incremental\.(\w*)$/.exec(expression)?.[1];
  if (incremental !== undefined) return readIncremental(incremental, source);
  const root = longestName(expression, resources);
  if (root !== undefined) return readParent(expression, source, resources);
  if (place !== "path") return undefined;
  if (/^[\p{L}\p{N}_-]+$/u.test(expression)) return { kind: "param", name: expression, source };
  if (expression.trim() === "") return `has empty braces "${source}"; name a parameter or double the braces`;
  const name = /^[^.[\s]+/.exec(expression)?.[0] ?? expression;
  return `${describe(source)} has no meaning: there is no resource "${name}"${meant(name, resources)}`;
}

function readParent(expression: string, source: string, resources: readonly string[]): ParentPlaceholder | string {
  const name = longestName(expression, resources);
  if (name === undefined) {
    const unknown = /^[^.[]*/.exec(expression)?.[0] ?? "";
    if (unknown === expression) return `${describe(source)} needs a resource and a field: {resources.<name>.<field>}`;
    return `${describe(source)} names no declared resource: there is no "${unknown}"${meant(unknown, resources)}`;
  }
  const jsonPath = expression.slice(name.length).replace(/^\./, "");
  if (jsonPath === "") return `${describe(source)} needs a field of the parent: {resources.${name}.<field>}`;
  return { kind: "parent", resource: name, jsonPath, source };
}

function readIncremental(field: string, source: string): IncrementalPlaceholder | string {
  const wanted = toCamel(field);
  const known = INCREMENTAL_FIELDS.find((name) => name === wanted);
  if (known !== undefined) return { kind: "incremental", field: known, source };
  const all = INCREMENTAL_FIELDS.map(toSnake);
  return `${describe(source)} is no value of a cursor${didYouMean(wanted, all)} (known: ${all.join(", ")})`;
}

/** The declared name that the expression begins with, followed by `.` or `[`; the longest, as names may contain dots. */
function longestName(expression: string, resources: readonly string[]): string | undefined {
  let best: string | undefined;
  for (const name of resources) {
    const next = expression[name.length];
    if (expression.startsWith(name) && (next === "." || next === "[") && name.length > (best?.length ?? -1))
      best = name;
  }
  return best;
}

function describe(source: string): string {
  return `placeholder ${source}`;
}

function meant(name: string, resources: readonly string[]): string {
  const hint = didYouMean(name, resources);
  return resources.length === 0 ? "; no resource is declared" : `${hint} (declared: ${resources.join(", ")})`;
}
