import type { IncrementalConfig } from "../extract/incremental/incremental-run.js";
import { isPlainObject } from "../core/json.js";
import { compilePath } from "../rest/json-path.js";
import type { HttpMethod } from "../rest/request.js";
import { attempt } from "./attempt.js";
import type { CanonicalEndpoint } from "./canonical-config.js";
import type { ResolveParam } from "./config.js";
import { readParams } from "./incremental.js";
import type { ArrayFormat } from "./lists.js";
import { compilePathTemplate, isSegment, type PathTemplate } from "./path-template.js";
import type { ParentPlaceholder } from "./placeholders.js";
import {
  compileTemplate,
  type DynamicPlaceholder,
  dynamicParts,
  placeholdersOf,
  type Report,
  type Template,
} from "./templates.js";
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
  const placeholders: [string, DynamicPlaceholder][] = [
    ...dynamicParts(path.parts).map((part): [string, DynamicPlaceholder] => ["path", part]),
    ...(["params", "headers", "json", "data"] as const).flatMap((key) => {
      const template = plan[key];
      return template === undefined
        ? []
        : placeholdersOf(template).map((part): [string, DynamicPlaceholder] => [key, part]);
    }),
  ];
  for (const [key, part] of placeholders) {
    if (part.kind === "parent") attempt(() => compilePath(part.jsonPath), [key], report);
  }
  if (plan.incremental === undefined) {
    for (const [key, part] of placeholders) {
      if (part.kind === "incremental") report([key], `uses ${part.source}, but the endpoint has no \`incremental\``);
    }
  }
  return { ...plan, parents: placeholders.map(([, part]) => part).filter((part) => part.kind === "parent") };
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
