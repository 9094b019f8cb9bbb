import type { JsonValue } from "../../core/json.js";
import type { StopReason } from "../../core/stop.js";
import type { Warning } from "../../core/warnings.js";
import type { PageFacts, Paginator } from "../paginators/paginator.js";
import type { RequestSpec } from "../request.js";
import { createResponse } from "../response.js";

/** What an API answers to one request. */
export interface Answer {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly items?: readonly unknown[];
}

/** A GET of `https://api.example.com/items`, with changes. */
export function aRequest(changes: Partial<RequestSpec> = {}): RequestSpec {
  return { method: "GET", url: "https://api.example.com/items", params: {}, headers: {}, ...changes };
}

/** The facts of a page; items default to the body or its first list. */
export function aPage(answer: Answer, request: RequestSpec = aRequest(), page = 1): PageFacts {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const response = createResponse({
    status: 200,
    headers: answer.headers ?? {},
    url: request.url,
    text,
    bytes: text.length,
  });
  return { request, response, items: answer.items ?? firstList(answer.body), page };
}

function firstList(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const list = typeof body === "object" && body !== null ? Object.values(body).find(Array.isArray) : undefined;
  return list ?? [];
}

/** A whole run of a paginator against a made-up API. */
export interface Walk {
  readonly requests: readonly RequestSpec[];
  /** State of each page. */
  readonly states: readonly JsonValue[];
  readonly stop: StopReason | "endless";
  readonly warnings: readonly Warning[];
}

/** Follows the pages from the start, or from a state, for at most 50 requests. */
export function walk(
  paginator: Paginator,
  answer: (request: RequestSpec) => Answer,
  request: RequestSpec = aRequest(),
  from?: { state: JsonValue; page: number },
): Walk {
  const requests: RequestSpec[] = [];
  const states: JsonValue[] = [];
  const warnings: Warning[] = [];
  let state = from === undefined ? paginator.start(request) : from.state;
  for (let page = from?.page ?? 1; page <= 50; page += 1) {
    states.push(state);
    const sent = paginator.apply(request, state);
    requests.push(sent);
    const step = paginator.next(state, aPage(answer(sent), sent, page));
    warnings.push(...(step.warnings ?? []));
    if ("stop" in step) return { requests, states, stop: step.stop, warnings };
    state = step.state;
  }
  return { requests, states, stop: "endless", warnings };
}
