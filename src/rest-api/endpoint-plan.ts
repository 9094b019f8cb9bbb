import type { IncrementalConfig } from "../extract/incremental/incremental-run.js";
import { isPlainObject } from "../core/json.js";
import { compilePath } from "../rest/json-path.js";
import type { HttpMethod } from "../rest/request.js";
import type { ConfigPath } from "./spelling.js";
import type { CanonicalEndpoint } from "./canonical-config.js";
import type { ResolveParam } from "./config.js";
import { attempt } from "./attempt.js";
import { readParams } from "./incremental.js";
import type { ArrayFormat } from "./lists.js";
import { compilePathTemplate, isSegment, type PathTemplate } from "./path-template.js";
import type { ParentPlaceholder } from "./placeholders.js";
import { compileTemplate, type DynamicPlaceholder, dynamicParts, type Report, type Template } from "./templates.js";
import { textOf } from "./text.js";

/** An endpoint, compiled once: what is needed to write the request of any page. */
export interface EndpointPlan {
  readonly method: HttpMethod;
  readonly path: PathTemplate;
  readonly params: Template;
  readonly headers: Template;
  readonly json: Template | undefined;
  readonly data: Template | undefined;
  readonly incremental: IncrementalConfig | undefined;
  readonly arrayFormat: ArrayFormat;
  /** Rows of the parent that one request asks for together; undefined: each row has a request of its own. */
  readonly parentsPerRequest: number | undefined;
  /** Every placeholder of a parent's field. */
  readonly parents: readonly ParentPlaceholder[];
}

/** A placeholder and the place of the text that it stands in, relative to the endpoint. */
interface PlacedPlaceholder {
  readonly at: ConfigPath;
  readonly part: DynamicPlaceholder;
}

/**
 * Compiles the endpoint of a resource. Problems go to `report`, with paths relative to the endpoint.
 *
 * @param resources the names that placeholders may refer to.
 */
export function compileEndpoint(
  endpoint: CanonicalEndpoint,
  resources: readonly string[],
  report: Report,
): EndpointPlan {
  const read = readParams(endpoint, report);
  const compile = (value: unknown, key: string, place: "params" | "text" = "text"): Template =>
    compileTemplate(value, [key], { place, resources, report });
  const path = compilePathTemplate(endpoint.path ?? "", {
    resources,
    paramNames: [...read.params.keys(), ...read.resolve.keys()],
    problem: (message) => report(["path"], message),
    lookUpParam: (name) => {
      const resolve = read.resolve.get(name);
      if (resolve !== undefined) return { parts: [resolvePlaceholder(name, resolve)] };
      if (read.cursors.has(name))
        return { problem: "is an incremental cursor, which a path takes as {incremental.start_value}" };
      return read.params.has(name) ? staticParts(compile(read.params.get(name), "params")) : undefined;
    },
  });
  for (const name of read.resolve.keys()) {
    if (path.usedParams.has(name)) continue;
    report(
      ["params", name],
      `is of type resolve, but the path has no {${name}}; outside of paths write {resources.<parent>.<field>}`,
    );
  }
  const query = Object.fromEntries([...read.params].filter(([name]) => !path.usedParams.has(name)));
  const json = endpoint.json ?? undefined;
  const data = endpoint.data ?? undefined;
  if (isFilled(json) && isFilled(data))
    report(["data"], "and json cannot both be the body of one request; keep one (null switches off a default)");
  checkBody(endpoint, report);
  const plan = {
    method: endpoint.method ?? "GET",
    path,
    params: compile(query, "params", "params"),
    headers: compile(endpoint.headers ?? {}, "headers"),
    json: json === undefined || isFilled(data) ? undefined : compile(json, "json"),
    data: data === undefined || (json !== undefined && !isFilled(data)) ? undefined : compile(data, "data"),
    incremental: read.incremental,
    arrayFormat: endpoint.arrayFormat ?? "repeat",
    parentsPerRequest: endpoint.parentsPerRequest ?? undefined,
  };
  const placeholders: PlacedPlaceholder[] = [
    ...dynamicParts(path.parts).map((part) => ({ at: pathOf(part, read.resolve), part })),
    ...(["params", "headers", "json", "data"] as const).flatMap((key) => placed(plan[key], [key])),
  ];
  for (const { at, part } of placeholders) {
    if (part.kind === "parent") attempt(() => compilePath(part.jsonPath), at, report);
    else if (!read.hasCursor) report(at, `uses ${part.source}, but the endpoint has no \`incremental\``);
  }
  const parts = placeholders.map(({ part }) => part);
  checkCursor(plan.incremental, parts, report);
  return { ...plan, parents: parts.filter((part) => part.kind === "parent") };
}

/** The placeholders of a template with their places: entry by entry and item by item. */
function placed(template: Template | undefined, at: ConfigPath): PlacedPlaceholder[] {
  if (template === undefined || template.kind === "constant") return [];
  if (template.kind === "text") return dynamicParts(template.parts).map((part) => ({ at, part }));
  if (template.kind === "list") return template.items.flatMap((item, i) => placed(item, [...at, i]));
  return template.entries.flatMap(([key, value]) => {
    const below = [...at, key.map((part) => (typeof part === "string" ? part : part.source)).join("")];
    return [...dynamicParts(key).map((part) => ({ at: below, part })), ...placed(value, below)];
  });
}

/** A placeholder of the path is written there, or as a param of type `resolve`. */
function pathOf(part: DynamicPlaceholder, resolve: ReadonlyMap<string, ResolveParam>): ConfigPath {
  const name = part.source.slice(1, -1);
  return part.kind === "parent" && resolve.has(name) ? ["params", name, "field"] : ["path"];
}

/** What cannot be made of `data`. */
function checkBody({ data, headers, paginator }: CanonicalEndpoint, report: Report): void {
  if (data === undefined || data === null) return;
  const isRaw = typeof data === "string" || data instanceof Uint8Array;
  for (const [name, value] of isRaw ? [] : Object.entries(headers ?? {})) {
    if (name.toLowerCase() === "content-type" && /^multipart\//i.test(value ?? ""))
      report(
        ["headers", name],
        "asks for a multipart body, which is not made of an object or pairs; send a form, or the finished body with its boundary as a text",
      );
  }
  for (const [key, value] of isRaw && isPlainObject(paginator) ? Object.entries(paginator) : []) {
    if (key.endsWith("BodyPath") && value !== null)
      report(
        ["paginator", key],
        "puts a value into the body, but `data` is finished text; use `json`, an object as `data`, or a query parameter",
      );
  }
}

/** What a cursor's windows and scope need of the request. */
function checkCursor(
  cursor: IncrementalConfig | undefined,
  placeholders: readonly DynamicPlaceholder[],
  report: Report,
): void {
  if (cursor?.cursorScope === "parent" && !placeholders.some(({ kind }) => kind === "parent")) {
    report(
      ["incremental", "cursorScope"],
      'is "parent", but the resource has no parent: no placeholder {resources.<parent>.<field>}',
    );
  }
  if (cursor?.window === undefined) return;
  const sendsStart = placeholders.some(
    (part) => part.kind === "incremental" && (part.field === "startValue" || part.field === "lastValue"),
  );
  if (!sendsStart) {
    report(
      ["incremental", "window"],
      "needs the request to say which window it asks for: {incremental.start_value} and, unless one value names the window, {incremental.end_value}",
    );
  }
  if (cursor.initialValue === undefined)
    report(["incremental", "window"], "needs an initialValue: where the first window begins");
}

function resolvePlaceholder(name: string, { resource, field }: ResolveParam): ParentPlaceholder {
  return { kind: "parent", resource, jsonPath: field, source: `{${name}}` };
}

/** A value of `params` as a part of the path. */
function staticParts(template: Template): { parts: readonly (string | DynamicPlaceholder)[] } | { problem: string } {
  if (template.kind === "text") return { parts: template.parts };
  const value = template.kind === "constant" ? template.value : undefined;
  const text = isPlainObject(value) || Array.isArray(value) ? undefined : textOf(value);
  if (text === undefined || !isSegment(text)) return { problem: "has no value that can be part of a path" };
  return { parts: [text] };
}

/** dlt's notion of a body that counts: `{}` beside a form does not. */
function isFilled(body: unknown): boolean {
  if (body === undefined || body === "") return false;
  if (Array.isArray(body)) return body.length > 0;
  return !isPlainObject(body) || Object.keys(body).length > 0;
}
