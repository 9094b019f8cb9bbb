import { isPlainObject } from "../../core/json.js";
import { pathOfKeys } from "../json-path.js";
import { hasParam, type Detected, type Found } from "./body-search.js";
import type { PageFacts } from "./paginator.js";
import { toInteger } from "./reading.js";

const ANNOTATED_NEXT = /^@?odata\.nextlink$/i;
/** What may follow "next" in the name of a cursor. Anything else (`nextBillingDate`) is data. */
const CURSOR_NAME =
  /^next_?-?(|cursor|token|page|page_?token|page_?cursor|page_?id|id|key|offset|marker|start|batch|set|results?|continuation_?token)$/i;

/** The first value whose key begins with "next": depth first, in document order, through objects only. */
export function findNext(body: Record<string, unknown>, above: readonly string[] = []): Found | undefined {
  for (const [key, value] of Object.entries(body)) {
    const keys = [...above, key];
    if (/^next/i.test(key) || ANNOTATED_NEXT.test(key)) {
      const found = { keys, value: isPlainObject(value) ? undefined : value };
      if (isLink(found) || isCursor(found)) return found;
      const inner = isPlainObject(value) ? linkOrCursorIn(value) : undefined;
      if (inner !== undefined) return { keys: [...keys, inner[0]], value: inner[1] };
    }
    const deeper = isPlainObject(value) ? findNext(value, keys) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** `next: { href }`, `next: { link, after }`. */
function linkOrCursorIn(next: Record<string, unknown>): readonly [name: string, value: unknown] | undefined {
  const entries = Object.entries(next);
  return (
    entries.find(([name, value]) => /^(href|url)/i.test(name) && typeof value === "string") ??
    entries.find(([name, value]) => /^(link|uri)$/i.test(name) && isLink({ keys: [name], value })) ??
    entries.find(([name, value]) => /^(after|cursor|token)$/i.test(name) && isScalar(value))
  );
}

/** True for what can be followed. */
export function isLink({ keys, value }: Found): boolean {
  if (typeof value !== "string" || value === "") return false;
  return /^(https?:\/\/|\/|\?)/i.test(value) || (/(link|url|href|uri)$/i.test(keys.at(-1) ?? "") && !/\s/.test(value));
}

function isCursor({ keys, value }: Found): boolean {
  return isScalar(value) && CURSOR_NAME.test(keys.at(-1) ?? "");
}

function isScalar(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "bigint";
}

/** `links: [{ rel: "next", href }]`, and FHIR's `link: [{ relation: "next", url }]`. */
export function nextInLinkList(body: Record<string, unknown>): Detected | undefined {
  for (const name of ["links", "link", "_links"]) {
    const links = body[name];
    if (!Array.isArray(links)) continue;
    for (const rel of ["rel", "relation"]) {
      const link: unknown = links.find((item: unknown) => isPlainObject(item) && item[rel] === "next");
      const target = isPlainObject(link) ? ["href", "url"].find((key) => typeof link[key] === "string") : undefined;
      if (target !== undefined)
        return { config: { type: "json_link", nextUrlPath: `${name}[?@.${rel}=='next'].${target}` }, doubtful: false };
    }
  }
  return undefined;
}

/** `next_page: 2` is a page number, `next_offset: 100` an offset: the value goes into the parameter of that name. */
export function numberedNext(next: Found | undefined, facts: PageFacts): Detected | undefined {
  const name = /^next_?(page|offset)$/i.exec(next?.keys.at(-1) ?? "")?.[1]?.toLowerCase();
  if (next === undefined || name === undefined || toInteger(next.value) === undefined) return undefined;
  return {
    config: { type: "cursor", cursorPath: pathOfKeys(next.keys).path, cursorParam: name },
    doubtful: !hasParam(facts, name),
  };
}

/** `nextPageToken` is sent back as `pageToken`, `next_marker` as `marker`; `next_token` under its own name. */
const NAMED_AFTER = /^next_?((?:page_?|continuation_?)token|marker|start|after)$/i;
const OWN_NAME = /^(next_?token|after|token)$/i;

/** A cursor; the parameter to send it in is known when the request has one of that name, and otherwise a guess. */
export function cursor(next: Found | undefined, facts: PageFacts): Detected | undefined {
  if (next === undefined) return undefined;
  const key = next.keys.at(-1) ?? "";
  const named = NAMED_AFTER.exec(key)?.[1] ?? OWN_NAME.exec(key)?.[1];
  const param = named === undefined ? "cursor" : `${named[0]?.toLowerCase()}${named.slice(1)}`;
  return {
    config: { type: "cursor", cursorPath: pathOfKeys(next.keys).path, cursorParam: param },
    doubtful: !hasParam(facts, param),
  };
}
