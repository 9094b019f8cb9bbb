import { ConfigError, excerpt } from "../core/errors.js";
import { encodePathValue, isAbsoluteUrl } from "../rest/url.js";
import { joinedByCommas, ValueBatch } from "./lists.js";
import { type ParamPlaceholder, type Placeholder, parseText } from "./placeholders.js";
import { nearest } from "../core/nearest.js";
import type { DynamicPlaceholder, Scope, TemplatePart } from "./templates.js";
import { textOf } from "./text.js";

/** A path, compiled. */
export interface PathTemplate {
  readonly parts: readonly TemplatePart[];
  /**
   * True when the last segment names one thing by a parent's field or a parameter (`users/{resources.users.id}`), so
   * that a response which is an object is one row. dlt looks at the text alone; here the query does not count, nor do
   * placeholders of the cursor.
   */
  readonly namesOne: boolean;
  /** Params that went into the path and so are not sent in the query. */
  readonly usedParams: ReadonlySet<string>;
}

export interface PathContext {
  readonly resources: readonly string[];
  /** What `{name}` stands for: a placeholder, parts of text (a static value), or a sentence that says why it cannot be used. */
  lookUpParam(name: string): { readonly parts: readonly TemplatePart[] } | { readonly problem: string } | undefined;
  readonly paramNames: readonly string[];
  problem(message: string): void;
}

/** Takes a path apart and binds its `{name}` placeholders. */
export function compilePathTemplate(path: string, context: PathContext): PathTemplate {
  const { parts, problems } = parseText(path, "path", context.resources);
  for (const problem of problems) context.problem(problem);
  const usedParams = new Set<string>();
  const bound = parts.flatMap((part, i): readonly TemplatePart[] => {
    if (typeof part === "string" || part.kind !== "param") return [part];
    usedParams.add(part.name);
    return bindParam(part, context).map((piece) => (typeof piece === "string" ? segment(piece, i === 0) : piece));
  });
  return { parts: bound, namesOne: namesOne(parts), usedParams };
}

function bindParam(placeholder: ParamPlaceholder, context: PathContext): readonly TemplatePart[] {
  const { name, source } = placeholder;
  const found = context.lookUpParam(name);
  if (found === undefined) {
    if (context.resources.includes(name))
      context.problem(`placeholder ${source} needs a field of the parent: {resources.${name}.<field>}`);
    else context.problem(`placeholder ${source} has no value: ${unknownParam(name, context)}`);
    return [];
  }
  if ("problem" in found) {
    context.problem(`placeholder ${source} ${found.problem}`);
    return [];
  }
  return found.parts;
}

function unknownParam(name: string, context: PathContext): string {
  const match = nearest(name, context.paramNames);
  if (match !== undefined) return `there is no param "${name}"; did you mean "{${match}}"?`;
  const params = context.paramNames.length === 0 ? "none" : context.paramNames.join(", ");
  return `give it as endpoint.params.${name}, or take it from a parent as {resources.<parent>.<field>} (params: ${params}; resources: ${context.resources.join(", ")})`;
}

/**
 * The path of one request. Several values are one segment, with commas between them. Each value is one encoded segment, except a whole absolute URL at the start of the path,
 * which is used as it is.
 *
 * @throws ConfigError for a value that cannot be part of a path: null, empty, a list or an object, `.` and `..`.
 */
export function fillPath(template: PathTemplate, scope: Scope, resource: string): string {
  return template.parts
    .map((part, i) => (typeof part === "string" ? part : pathValue(part, scope(part), i === 0, resource)))
    .join("");
}

/** As much of the path as decides about the origin, whatever fills it: "" is that of the base URL. Undefined when rows decide. */
export function fixedStart({ parts }: PathTemplate): string | undefined {
  let text = "";
  for (const part of parts) {
    // Values have their slashes encoded: they lead elsewhere only as a whole URL, or as a part of the host.
    if (typeof part !== "string") {
      if (text === "" || (isAbsoluteUrl(text) && !/^https?:\/\/[^/?#]+[/?#]/i.test(text))) return undefined;
      break;
    }
    text += part;
  }
  return isAbsoluteUrl(text) ? text : "";
}

function pathValue(placeholder: DynamicPlaceholder, value: unknown, first: boolean, resource: string): string {
  if (value instanceof ValueBatch)
    return joinedByCommas(value.items, (text) => pathValue(placeholder, text, false, resource));
  const text = typeof value === "object" && !(value instanceof Date) ? undefined : textOf(value);
  if (text === undefined || !isSegment(text)) {
    throw new ConfigError(
      `The placeholder ${placeholder.source} in the path of resource "${resource}" has the value ${excerpt(value)}, which cannot be part of a URL`,
      {
        resource,
        hint:
          placeholder.kind === "parent"
            ? `Filter such rows out of "${placeholder.resource}", or set onError: "skip".`
            : "Give the cursor an initialValue.",
      },
    );
  }
  return segment(text, first);
}

/** False for texts that URLs give another meaning, whether they are encoded or not. */
export function isSegment(text: string): boolean {
  return text !== "" && text !== "." && text !== "..";
}

function segment(text: string, first: boolean): string {
  return first && isAbsoluteUrl(text) ? text : encodePathValue(text);
}

/** Looks at the last segment, trailing slashes and the query left aside. */
function namesOne(parts: readonly (string | Placeholder)[]): boolean {
  const THING = "\u0001";
  const marked = parts
    .map((part) => (typeof part === "string" ? part : part.kind === "incremental" ? "" : THING))
    .join("");
  const [path = ""] = marked.split(/[?#]/, 1);
  const last = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return last.includes(THING);
}
