import type { ResourceData } from "../extract/define.js";
import { isPlainObject } from "../core/json.js";
import { Resource } from "../extract/resource.js";
import { isHeaderName } from "../rest/headers.js";
import { resolveHttpOptions } from "../rest/http-options.js";
import { compilePath } from "../rest/json-path.js";
import { type ActionFunction, compileResponseActions, type ResponseAction } from "../rest/response-actions.js";
import { isAbsoluteUrl, originOf } from "../rest/url.js";
import { attempt } from "./attempt.js";
import { includedField, type IncludedField } from "./binding.js";
import type { Canonical, ConfigProblem } from "./canonical.js";
import {
  type CanonicalClient,
  type CanonicalConfig,
  type CanonicalEndpoint,
  type CanonicalResource,
  isForeign,
} from "./canonical-config.js";
import { checkAuth, checkPaginator } from "./connection.js";
import { mergeDefaults } from "./defaults.js";
import { compileEndpoint, type EndpointPlan } from "./endpoint-plan.js";
import { graphProblems, inOrder } from "./graph.js";
import { withoutNulls } from "./nulls.js";
import { type ConfigPath, formatPath } from "./spelling.js";
import type { Report } from "./templates.js";

/** A resource with everything settled that can be settled without the network. */
export interface ResourcePlan {
  readonly name: string;
  /** With the defaults filled in. */
  readonly config: CanonicalResource;
  readonly endpoint: EndpointPlan;
  readonly parents: readonly string[];
  readonly included: readonly IncludedField[];
  /** Reports a problem of this resource; the path is relative to it, its origin may be the defaults. */
  readonly report: Report;
  /** Where its auth stands in the user's config: here or in the defaults. */
  readonly authPath: string;
}

/** A resource that was made by code. */
export interface ForeignPlan {
  readonly name: string;
  readonly foreign: Resource<unknown>;
  readonly parents: readonly string[];
}

/** A resource whose rows are given. */
export interface DataPlan {
  readonly name: string;
  readonly data: ResourceData<unknown>;
  /** With the defaults filled in. */
  readonly config: CanonicalResource;
  readonly parents: readonly string[];
}

export interface SourcePlan {
  /** Parents before children. */
  readonly resources: readonly (ResourcePlan | ForeignPlan | DataPlan)[];
  readonly problems: readonly ConfigProblem[];
}

/** Parts of a config whose structure is wrong: nothing more can be said of them. */
export interface BrokenParts {
  readonly client: boolean;
  /** Positions in `resources`. */
  readonly resources: ReadonlySet<number>;
}

const NOTHING_BROKEN: BrokenParts = { client: false, resources: new Set() };

/**
 * Compiles a config and checks what a schema cannot: names, placeholders, the graph, JSONPaths. What is `broken` is left
 * out, so that whoever has misspelt a key learns of the other mistakes, too.
 */
export function planSource(
  config: CanonicalConfig,
  canonical: Canonical,
  broken: BrokenParts = NOTHING_BROKEN,
): SourcePlan {
  const problems: ConfigProblem[] = [];
  const names = config.resources.map(nameOf);
  const known = names.filter((name) => name !== undefined);
  const clientReport: Report = (path, message) =>
    problems.push({ path: canonical.userPath(["client", ...path]), message });
  if (!broken.client) checkClient(config.client, clientReport);
  const plan = (entry: CanonicalConfig["resources"][number], index: number): ResourcePlan | ForeignPlan | DataPlan => {
    if (isForeign(entry))
      return {
        name: entry.name,
        foreign: entry,
        parents: entry.definition.parent === undefined ? [] : [entry.definition.parent.resource],
      };
    const report: Report = (path, message) =>
      problems.push({ path: canonical.userPath(writtenAt(path, index, config)), message });
    if (entry.data !== undefined && entry.data !== null) return planData(entry, entry.data, config, report);
    const authPath = formatPath(canonical.userPath(writtenAt(["endpoint", "auth"], index, config)));
    const planned = { ...planResource(mergeDefaults(entry, config.resourceDefaults), known, report), authPath };
    const [start] = planned.endpoint.path.parts;
    const needsUrl = !broken.client && config.client.baseUrl === "";
    if (needsUrl && (start === undefined || (typeof start === "string" && !isAbsoluteUrl(start)))) {
      report(["endpoint", "path"], "must be an absolute URL, as client.baseUrl is empty");
    }
    return planned;
  };
  const entries = config.resources.flatMap((entry, index) => (broken.resources.has(index) ? [] : [plan(entry, index)]));
  names.forEach((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return;
    problems.push({
      path: canonical.userPath(["resources", index, "name"]),
      message: `is "${name}", which another resource already has; \`tableName\` lets two resources load into one table`,
    });
  });
  const graph = broken.resources.size > 0 ? [] : graphProblems(entries);
  for (const { resource, message } of graph) {
    problems.push({
      path: canonical.userPath(["resources", names.indexOf(resource)]),
      message: `(resource "${resource}") ${message}`,
    });
  }
  return { resources: problems.length === 0 ? inOrder(entries) : entries, problems };
}

/** Undefined where the structure is wrong. */
function nameOf(entry: unknown): string | undefined {
  if (entry instanceof Resource) return entry.name;
  const name = isPlainObject(entry) ? entry["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

function checkClient(client: CanonicalClient, report: Report): void {
  if (client.baseUrl !== "") attempt(() => originOf(client.baseUrl), ["baseUrl"], report);
  for (const [i, origin] of (client.allowedOrigins ?? []).entries())
    attempt(() => originOf(origin), ["allowedOrigins", i], report);
  const http = withoutNulls(client);
  attempt(() => resolveHttpOptions(http), [], report);
  checkHeaderNames(client.headers, report);
  checkAuth(client.auth, ["auth"], report);
  checkPaginator(client.paginator, ["paginator"], report);
}

/** The defaults' endpoint is for endpoints. */
function planData(
  entry: CanonicalResource,
  data: ResourceData<unknown>,
  config: CanonicalConfig,
  report: Report,
): DataPlan {
  const { endpoint, includeFromParent } = entry;
  if (endpoint !== undefined && endpoint !== null)
    report(
      ["endpoint"],
      "and data cannot both say where the rows come from; a body goes into endpoint.data or endpoint.json",
    );
  if (includeFromParent !== undefined && includeFromParent !== null)
    report(["includeFromParent"], "needs a parent, which a resource whose rows are given has not");
  return { name: entry.name, data, config: mergeDefaults(entry, config.resourceDefaults), parents: [] };
}

function planResource(
  config: CanonicalResource,
  names: readonly string[],
  report: Report,
): Omit<ResourcePlan, "authPath"> {
  const { name } = config;
  const endpointReport: Report = (path, message) => report(["endpoint", ...path], message);
  const endpoint = compileEndpoint(config.endpoint ?? {}, names, endpointReport);
  const parents = [...new Set(endpoint.parents.map(({ resource }) => resource))];
  const include = config.includeFromParent ?? [];
  const [parent] = parents;
  if (include.length > 0 && parent === undefined) {
    report(
      ["includeFromParent"],
      `needs a parent: resource "${name}" has no placeholder such as {resources.<parent>.<field>}`,
    );
  }
  for (const [i, field] of include.entries())
    checkJsonPath(typeof field === "string" ? field : field.field, ["includeFromParent", i], report);
  const fields = parent === undefined ? [] : include.map((field) => includedField(parent, field));
  const same = (i: number) =>
    fields.findIndex(({ key, column }) => key === fields[i]?.key && column === fields[i]?.column);
  const columns = fields.map(({ column }) => column);
  for (const [i, { key, column }] of fields.entries()) {
    if (columns.indexOf(column) !== i && same(i) === i)
      report(["includeFromParent", i], `copies "${key}" to "${column}", where another field goes already`);
  }
  if (include.length > 0 && endpoint.parentsPerRequest !== undefined) {
    report(
      ["includeFromParent"],
      "cannot be told when one request is made for several rows of the parent (endpoint.parentsPerRequest); drop one of them",
    );
  }
  if (endpoint.parentsPerRequest !== undefined && parent === undefined)
    endpointReport(
      ["parentsPerRequest"],
      "needs a parent: the endpoint has no placeholder such as {resources.<parent>.<field>}",
    );
  const { dataSelector, paginator, auth, responseActions, headers } = config.endpoint ?? {};
  checkHeaderNames(headers, endpointReport);
  checkPaginator(paginator, ["paginator"], endpointReport);
  checkAuth(auth, ["auth"], endpointReport);
  attempt(() => compileResponseActions(actionsOf(responseActions)), ["responseActions"], endpointReport);
  if (typeof dataSelector === "string" && dataSelector !== "")
    checkJsonPath(dataSelector, ["dataSelector"], endpointReport);
  if (endpoint.incremental !== undefined)
    checkJsonPath(endpoint.incremental.cursorPath, ["incremental", "cursorPath"], endpointReport);
  return { name, config, endpoint, parents, included: fields, report };
}

/** Response actions without the nulls that JSON configs have. */
export function actionsOf(actions: CanonicalEndpoint["responseActions"]): (ResponseAction | ActionFunction)[] {
  return (actions ?? []).map((action) => (typeof action === "function" ? action : withoutNulls(action)));
}

/** Reports names of headers that no request can have. What a placeholder becomes is not known yet. */
function checkHeaderNames(headers: CanonicalClient["headers"], report: Report): void {
  for (const name of Object.keys(headers ?? {})) {
    if (isHeaderName(name.replaceAll(/\{[^}]*\}/g, "x"))) continue;
    report(["headers", name], "is no name of a header: letters, digits and hyphens, without spaces or colons");
  }
}

/** Reports a JSONPath that does not compile. */
function checkJsonPath(jsonPath: string, at: ConfigPath, report: Report): void {
  attempt(() => compilePath(jsonPath), at, report);
}

/** Where something of a merged resource was written: in the resource itself or in the defaults. */
function writtenAt(path: ConfigPath, index: number, config: CanonicalConfig): ConfigPath {
  const own = config.resources[index];
  const inDefaults = !has(own, path) && has(config.resourceDefaults, path);
  return inDefaults ? ["resourceDefaults", ...path] : ["resources", index, ...path];
}

function has(value: unknown, path: ConfigPath): boolean {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return false;
    current = (current as Record<string | number, unknown>)[key];
  }
  return true;
}
