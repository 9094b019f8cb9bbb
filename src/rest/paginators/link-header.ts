import type { HttpResponse } from "../request.js";

/** One link of a `Link` header. */
export interface WebLink {
  readonly target: string;
  /** Relation types, lower-case. */
  readonly rels: readonly string[];
  /** What the link belongs to, where that is something else than what was asked for (`anchor`). */
  readonly anchor?: string;
}

/** `name`, then optionally `= token` or `= "quoted"`; sticky, so that a malformed rest is skipped to the next comma. */
const PARAMETER = /\s*;\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;

/**
 * Parses a `Link` header (RFC 8288, 3): several links, several relation types in one `rel`, quoted or not, names and
 * relation types without regard to case. The first `rel` of a link counts. Malformed parts are skipped.
 */
export function parseLinkHeader(header: string): WebLink[] {
  const links: WebLink[] = [];
  let at = header.indexOf("<");
  while (at !== -1) {
    const close = header.indexOf(">", at);
    if (close === -1) break;
    const target = header.slice(at + 1, close).trim();
    let rels: readonly string[] | undefined;
    let anchor: string | undefined;
    let end = close + 1;
    PARAMETER.lastIndex = end;
    for (let match = PARAMETER.exec(header); match !== null; match = PARAMETER.exec(header)) {
      end = PARAMETER.lastIndex;
      const value = match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "";
      const name = match[1]?.toLowerCase();
      if (name === "rel") rels ??= relsOf(value);
      else if (name === "anchor") anchor ??= value;
      PARAMETER.lastIndex = end;
    }
    links.push({ target, rels: rels ?? [], ...(anchor !== undefined && { anchor }) });
    at = header.indexOf("<", end);
  }
  return links;
}

/**
 * The target of the first link with the relation type; undefined when there is none. Links that belong to something else
 * than `url`, by their `anchor` (RFC 8288, 3.2), are passed over.
 */
export function linkWithRel({ headers, url }: Pick<HttpResponse, "headers" | "url">, rel: string): string | undefined {
  const { link: header } = headers;
  if (header === undefined) return undefined;
  const wanted = rel.trim().toLowerCase();
  return parseLinkHeader(header).find(({ rels, anchor }) => rels.includes(wanted) && isOf(anchor, url))?.target;
}

/** True for an anchor that is the address itself; what is asked of it may be written otherwise. */
function isOf(anchor: string | undefined, url: string): boolean {
  if (anchor === undefined) return true;
  if (anchor.startsWith("#") || !URL.canParse(anchor, url)) return false;
  const [named, asked] = [new URL(anchor, url), new URL(url)];
  return named.origin === asked.origin && named.pathname === asked.pathname;
}

function relsOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(/\s+/)
    .filter((rel) => rel !== "");
}
