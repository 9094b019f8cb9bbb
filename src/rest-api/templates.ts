import { isPlainObject } from "../core/json.js";
import { type IncrementalPlaceholder, type ParentPlaceholder, parseText, type TextPlace } from "./placeholders.js";
import { joinedByCommas, ValueBatch } from "./lists.js";
import type { ConfigPath } from "./spelling.js";
import { textOf } from "./text.js";

/** A placeholder that is filled per request. */
export type DynamicPlaceholder = ParentPlaceholder | IncrementalPlaceholder;
export type TemplatePart = string | DynamicPlaceholder;

/** A JSON-like value of the config with its placeholders taken apart; compiled once per resource, filled once per page. */
export type Template =
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "text"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "list"; readonly items: readonly Template[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: readonly TemplatePart[], value: Template])[] };

/** Gives the values of placeholders for one request. Undefined and null both mean: there is no value; a `ValueBatch` is several. */
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
  if (template.kind === "list") return template.items.flatMap((item) => fillItem(item, scope));
  return Object.fromEntries(
    template.entries.map(([key, value]) => [fillPlainText(key, scope) ?? "", fillTemplate(value, scope)]),
  );
}

/** A member of a list; several values of one placeholder become as many members. */
function fillItem(item: Template, scope: Scope): unknown[] {
  const [only, ...others] = item.kind === "text" ? item.parts : [];
  const value = only === undefined || typeof only === "string" || others.length > 0 ? undefined : scope(only);
  return value instanceof ValueBatch ? [...value.items] : [fillTemplate(item, scope)];
}

/** Fills in a text that stays a text, such as a header; undefined: a value is missing. */
export function fillPlainText(parts: readonly TemplatePart[], scope: Scope): string | undefined {
  const pieces = parts.map((part) => (typeof part === "string" ? part : valueText(scope(part))));
  return pieces.includes(undefined) ? undefined : pieces.join("");
}

/** Fills in raw body text: every value as JSON would write it inside text, null as `null`, so that GraphQL stays valid. */
export function fillRawText(parts: readonly TemplatePart[], scope: Scope): string {
  return parts.map((part) => (typeof part === "string" ? part : (valueText(scope(part)) ?? "null"))).join("");
}

function fillText(parts: readonly TemplatePart[], scope: Scope): unknown {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return typeof only === "string" ? only : wholeValue(scope(only));
  return fillPlainText(parts, scope) ?? null;
}

/** The value of a placeholder within a text; undefined: there is none. */
function valueText(value: unknown): string | undefined {
  return value instanceof ValueBatch ? joinedByCommas(value.items) : textOf(value);
}

function wholeValue(value: unknown): unknown {
  return value instanceof ValueBatch ? value.items : (value ?? null);
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
