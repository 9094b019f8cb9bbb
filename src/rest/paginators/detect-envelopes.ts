import { isPlainObject } from "../../core/json.js";
import { pathOfKeys } from "../json-path.js";
import { findNamed, hasParam, isFlag, type Detected } from "./body-search.js";
import type { PageFacts } from "./paginator.js";

/** Headers in which APIs name the next page, and the parameter that they take it in. */
const NEXT_HEADERS: readonly (readonly [header: string, param: string])[] = [
  ["x-next-page", "page"],
  ["x-next-cursor", "cursor"],
  ["x-next-token", "token"],
  ["x-continuation-token", "continuationToken"],
  ["x-ms-continuationtoken", "continuationToken"],
];

/** A header with the next page's number or cursor; empty on the last page. */
export function nextInHeader(facts: PageFacts): Detected | undefined {
  const found = NEXT_HEADERS.find(([header]) => facts.response.headers[header] !== undefined);
  if (found === undefined) return undefined;
  const [cursorKey, cursorParam] = found;
  return { config: { type: "header_cursor", cursorKey, cursorParam }, doubtful: !hasParam(facts, cursorParam) };
}

/** Relay's `pageInfo { hasNextPage endCursor }`: the cursor goes into the variable that the query passes to `after`, without GraphQL into a parameter. */
export function relayConnection(body: Record<string, unknown>, facts: PageFacts): Detected | undefined {
  const info = findNamed(body, ["pageinfo", "page_info"], isRelayInfo);
  if (info === undefined || !isPlainObject(info.value)) return undefined;
  const keyOf = (name: RegExp): string | undefined => Object.keys(Object(info.value)).find((key) => name.test(key));
  const [end, flag] = [keyOf(END_CURSOR), keyOf(HAS_NEXT)];
  if (end === undefined || flag === undefined) return undefined;
  const rules = {
    type: "cursor",
    cursorPath: pathOfKeys([...info.keys, end]).path,
    hasMorePath: pathOfKeys([...info.keys, flag]).path,
  } as const;
  const { json } = facts.request;
  const query = isPlainObject(json) ? json["query"] : undefined;
  if (typeof query !== "string")
    return { config: { ...rules, cursorParam: "after" }, doubtful: !hasParam(facts, "after") };
  const variable = /\bafter\s*:\s*\$(\w+)/.exec(query)?.[1];
  // A query without the variable cannot be asked for its second page.
  return variable === undefined
    ? undefined
    : { config: { ...rules, cursorBodyPath: `variables.${variable}` }, doubtful: false };
}

const END_CURSOR = /^end_?cursor$/i;
const HAS_NEXT = /^has_?next_?page$/i;

function isRelayInfo(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.some(([key, flag]) => HAS_NEXT.test(key) && isFlag(flag)) && entries.some(([key]) => END_CURSOR.test(key))
  );
}

/** Stripe's `{ object: "list", has_more, data }`: the next page begins after the last row's id. */
export function listObject(body: Record<string, unknown>, { items }: PageFacts): Detected | undefined {
  const last = items.at(-1);
  if (body["object"] !== "list" || !isFlag(body["has_more"]) || !isPlainObject(last)) return undefined;
  if (typeof last["id"] !== "string") return undefined;
  return {
    config: { type: "keyset", keyPath: "id", keyParam: "starting_after", hasMorePath: "has_more" },
    doubtful: true,
  };
}
