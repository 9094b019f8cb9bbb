import { jsonText } from "../core/json-text.js";
import { isPlainObject } from "../core/json.js";
import { type IncrementalPlaceholder, type ParentPlaceholder, parseText, type TextPlace } from "./placeholders.js";
import type { ConfigPath } from "./spelling.js";

/** A placeholder that is filled per request. */
export type DynamicPlaceholder = ParentPlaceholder | IncrementalPlaceholder;
export type TemplatePart = string | DynamicPlaceholder;

/** A JSON-like value of the config with its placeholders taken apart; compiled once per resource, filled once per page. */
export type Template =
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "text"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "list"; readonly items: readonly Template[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: readonly TemplatePart[], value: Template])[] };

/** Gives the values of placeholders for one request. Undefined and null both mean: there is no value. */
export type Scope = (placeholder: DynamicPlaceholder) => unknown;

/** Receives what is wrong with a placeholder. */
export type Report = (path: ConfigPath, problem: string) => void;

export interface TemplateContext {
  readonly place: Exclude<TextPlace, "path">;
  /** Names that placeholders may refer to. */
  readonly resources: readonly string[];
  readonly report: Report;
}

/** Compiles a value of `params`, `headers`, `json` or `data`: keys, values and list items, at any depth. */
export function compileTemplate(value: unknown, path: ConfigPath, context: TemplateContext): Template {
  if (typeof value === "string") {
    const parts = compileText(value, path, context);
    return isLiteral(parts) ? { kind: "constant", value: parts.join("") } : { kind: "text", parts };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => compileTemplate(item, [...path, i], context));
    return items.every((item) => item.kind === "constant")
      ? constant(items.map((item) => item.value))
      : { kind: "list", items };
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) =>
        [compileText(key, [...path, key], context), compileTemplate(item, [...path, key], context)] as const,
    );
    return { kind: "map", entries };
  }
  return constant(value);
}

/** Fills in a template. Whole-string placeholders keep the type of their value; mixed text with a missing value is null. */
export function fillTemplate(template: Template, scope: Scope): unknown {
  if (template.kind === "constant") return template.value;
  if (template.kind === "text") return fillText(template.parts, scope);
  if (template.kind === "list") return template.items.map((item) => fillTemplate(item, scope));
  return Object.fromEntries(
    template.entries.map(([key, value]) => [textOf(fillText(key, scope)) ?? "", fillTemplate(value, scope)]),
  );
}

/** Fills in raw body text: every value as JSON would write it inside text, null as `null`, so that GraphQL stays valid. */
export function fillRawText(parts: readonly TemplatePart[], scope: Scope): string {
  return parts.map((part) => (typeof part === "string" ? part : (textOf(scope(part)) ?? "null"))).join("");
}

function fillText(parts: readonly TemplatePart[], scope: Scope): unknown {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return typeof only === "string" ? only : (scope(only) ?? null);
  let text = "";
  for (const part of parts) {
    const piece = typeof part === "string" ? part : textOf(scope(part));
    if (piece === undefined) return null;
    text += piece;
  }
  return text;
}

/** The value as it is written into a URL, a header or a text: booleans lower-case, dates ISO 8601, lists and objects as JSON. Null: undefined. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return jsonText(value);
}

export function dynamicParts(parts: readonly TemplatePart[]): DynamicPlaceholder[] {
  return parts.filter((part) => typeof part !== "string");
}

function compileText(text: string, path: ConfigPath, context: TemplateContext): TemplatePart[] {
  const { parts, problems } = parseText(text, context.place, context.resources);
  for (const problem of problems) context.report(path, problem);
  return parts.filter((part): part is TemplatePart => typeof part === "string" || part.kind !== "param");
}

function isLiteral(parts: readonly TemplatePart[]): parts is readonly string[] {
  return parts.every((part) => typeof part === "string");
}

function constant(value: unknown): Template {
  return { kind: "constant", value };
}
