import { canonicalJson } from "./canonical-value.js";
import { without } from "./compare-tables.js";
import type { RecordedRequest } from "./conformance-case.js";

/** What differs between the requests of one step; their order is free. Empty when nothing does. */
export function compareRequests(
  step: number,
  expected: readonly RecordedRequest[],
  actual: readonly RecordedRequest[],
): string[] {
  const [wanted, found] = [expected.map(canonicalRequest), actual.map(canonicalRequest)];
  return [
    ...without(wanted, found).map((request) => `step ${step}: request not made: ${request}`),
    ...without(found, wanted).map((request) => `step ${step}: request not expected: ${request}`),
  ];
}

/** `+` and `%20` are one blank; JSON bodies are compared by what they say. */
function canonicalRequest({ method, url, body, headers }: RecordedRequest): string {
  const [path = "", ...query] = url.split("?");
  const target = [path, ...query.map((part) => part.replaceAll("+", "%20"))].join("?");
  return [
    method,
    target,
    ...(headers === undefined ? [] : [canonicalJson(headers)]),
    ...(body === undefined ? [] : [canonicalBody(body)]),
  ].join(" ");
}

function canonicalBody(body: string): string {
  try {
    return canonicalJson(JSON.parse(body));
  } catch {
    return body.replaceAll("+", "%20"); // A form, not JSON.
  }
}
