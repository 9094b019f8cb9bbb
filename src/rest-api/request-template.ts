import { type ExactJson, isPlainObject, type JsonValue } from "../core/json.js";
import type { IncrementalRun } from "../extract/incremental/incremental-run.js";
import type { CursorWindow } from "../extract/incremental/windows.js";
import type { ParamValue, RequestSpec } from "../rest/request.js";
import { restore } from "./binding.js";
import type { EndpointPlan } from "./endpoint-plan.js";
import { formatLists, ValueBatch } from "./lists.js";
import { fillPath } from "./path-template.js";
import { fillPlainText, fillRawText, fillTemplate, type Scope, type Template } from "./templates.js";
import { textOf } from "./text.js";

/** What fills the placeholders of one request. */
export interface RequestValues {
  /** What the parent link bound; null without a parent. */
  readonly bound: JsonValue;
  readonly incremental: IncrementalRun | undefined;
  /** The part of the cursor's range that is asked for; undefined: all of it. */
  readonly window: CursorWindow | undefined;
}

/** A request before the client adds its base URL and headers. */
export interface EndpointRequest extends Pick<RequestSpec, "method" | "params" | "headers" | "json" | "data"> {
  readonly path: string;
}

/** The request of a sequence of pages, before any paginator touches it. `resource` is for messages. */
export function buildRequest(resource: string, endpoint: EndpointPlan, values: RequestValues): EndpointRequest {
  const scope = scopeOf(values, endpoint.parentsPerRequest !== undefined);
  const request = {
    path: fillPath(endpoint.path, scope, resource),
    method: endpoint.method,
    params: formatLists(fillParams(endpoint.params, scope), endpoint.arrayFormat),
    headers: fillHeaders(endpoint.headers, scope),
    ...(endpoint.data === undefined ? {} : { data: fillData(endpoint, endpoint.data, scope) }),
  };
  // Templates are made of the config's JSON, placeholders of what was parsed from JSON.
  return endpoint.json === undefined ? request : { ...request, json: fillTemplate(endpoint.json, scope) as ExactJson };
}

/** The cursor's values are those of the start of the run, so that a page that is fetched again asks for the same. */
function scopeOf({ bound, incremental, window }: RequestValues, isBatch: boolean): Scope {
  const { values } = restore(bound);
  return (placeholder) => {
    if (placeholder.kind === "parent") {
      const value = values.get(placeholder.jsonPath);
      return isBatch && Array.isArray(value) ? new ValueBatch(value) : value;
    }
    if (incremental === undefined) return undefined;
    const { field } = placeholder;
    if (field === "endValue") return incremental.formatForRequest(window?.end ?? incremental.endValue, "end");
    if (field === "initialValue") return incremental.formatForRequest(incremental.initialValue);
    return incremental.formatForRequest(window?.start ?? incremental.startValue);
  };
}

// What fills a template is JSON from a config and from rows, which the checks of the config have seen; the types of the
// parts of a request say no more than that.

function fillParams(template: Template, scope: Scope): Record<string, ParamValue> {
  return fillTemplate(template, scope) as Record<string, ParamValue>;
}

function fillData({ arrayFormat }: EndpointPlan, template: Template, scope: Scope): NonNullable<RequestSpec["data"]> {
  if (template.kind === "text") return fillRawText(template.parts, scope);
  const data = fillTemplate(template, scope);
  return isPlainObject(data)
    ? formatLists(data as Record<string, ParamValue>, arrayFormat)
    : (data as NonNullable<RequestSpec["data"]>);
}

/** A literal null removes a header of the client; a placeholder without a value sends none. */
function fillHeaders(template: Template, scope: Scope): Record<string, string | null> {
  if (template.kind !== "map") return {};
  const headers: [string, string | null][] = [];
  for (const [key, value] of template.entries) {
    const name = fillPlainText(key, scope);
    if (name === undefined) continue;
    const text = value.kind === "text" ? fillPlainText(value.parts, scope) : textOf(fillTemplate(value, scope));
    if (text !== undefined) headers.push([name, text]);
    else if (value.kind === "constant") headers.push([name, null]);
  }
  return Object.fromEntries(headers);
}
