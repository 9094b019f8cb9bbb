import { isPlainObject } from "../core/json.js";
import type { ColumnHint } from "../extract/hints.js";
import type { CanonicalDefaults, CanonicalEndpoint, CanonicalResource } from "./canonical-config.js";

/**
 * A resource with the defaults filled in, as dlt does it:
 *
 * - keys of the resource and of the endpoint replace those of the defaults, whole (`headers`, `paginator`, `incremental`, …);
 * - `endpoint.params` and `endpoint.json` are merged one level deep, `columns` hint by hint, the resource winning;
 * - an explicit null replaces a default, which switches it off.
 *
 * A path in the defaults has no effect: every resource has one, its name if nothing else. Nothing is shared or modified:
 * the result refers to parts of frozen objects only.
 */
export function mergeDefaults(
  resource: CanonicalResource,
  defaults: CanonicalDefaults | null | undefined,
): CanonicalResource {
  const base: CanonicalDefaults = defaults ?? {};
  const own: CanonicalEndpoint = resource.endpoint ?? {};
  const inherited: CanonicalEndpoint = base.endpoint ?? {};
  const params = mergeEntries(own.params, inherited.params);
  const json = mergeEntries(own.json, inherited.json);
  const columns = mergeColumns(resource.columns, base.columns);
  const endpoint: CanonicalEndpoint = {
    ...inherited,
    ...own,
    path: own.path ?? resource.name,
    ...(params === undefined ? {} : { params }),
    ...(json === undefined ? {} : { json }),
  };
  return Object.freeze({
    ...base,
    ...resource,
    endpoint: Object.freeze(endpoint),
    ...(columns === undefined ? {} : { columns }),
  });
}

/** One level deep; null and whatever is no object (a JSON list) replaces. */
function mergeEntries<T>(own: T, inherited: T): T {
  if (own === undefined) return inherited;
  return isPlainObject(own) && isPlainObject(inherited) ? Object.freeze({ ...inherited, ...own }) : own;
}

type Columns = CanonicalResource["columns"];

/** Hints are merged per column. Columns without a type come last, as in dlt. */
function mergeColumns(own: Columns, inherited: Columns): Columns {
  if (own === undefined) return inherited;
  if (own === null || inherited === undefined || inherited === null) return own;
  const merged = new Map<string, ColumnHint>(Object.entries(inherited));
  for (const [name, hint] of Object.entries(own)) merged.set(name, { ...merged.get(name), ...hint });
  const columns = [...merged];
  const typed = columns.filter(([, hint]) => hint.data_type !== undefined);
  const untyped = columns.filter(([, hint]) => hint.data_type === undefined);
  return Object.freeze(Object.fromEntries([...typed, ...untyped]));
}
