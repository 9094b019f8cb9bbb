/** One link of a `Link` header. */
export interface WebLink {
  readonly target: string;
  /** Relation types, lower-case. */
  readonly rels: readonly string[];
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
    let end = close + 1;
    PARAMETER.lastIndex = end;
    for (let match = PARAMETER.exec(header); match !== null; match = PARAMETER.exec(header)) {
      end = PARAMETER.lastIndex;
      if (match[1]?.toLowerCase() === "rel") rels ??= relsOf(match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "");
      PARAMETER.lastIndex = end;
    }
    links.push({ target, rels: rels ?? [] });
    at = header.indexOf("<", end);
  }
  return links;
}

/** The target of the first link with the relation type; undefined when there is none. */
export function linkWithRel(header: string | undefined, rel: string): string | undefined {
  if (header === undefined) return undefined;
  const wanted = rel.trim().toLowerCase();
  return parseLinkHeader(header).find((link) => link.rels.includes(wanted))?.target;
}

function relsOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(/\s+/)
    .filter((rel) => rel !== "");
}
