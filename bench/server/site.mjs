// What the benchmark's server answers: a workload is a list of paths with their bodies, the same for every tool and every run.
import { Buffer } from "node:buffer";

/**
 * @typedef {import("./workload.js").Workload} Workload
 * @typedef {import("./workload.js").EventsWorkload} EventsWorkload
 * @typedef {import("./workload.js").FamilyWorkload} FamilyWorkload
 * @typedef {import("./workload.js").IssuesWorkload} IssuesWorkload
 * @typedef {{ body: Buffer, headers?: Record<string, string> }} Answer
 * @typedef {{ answer(url: URL, origin: string): Answer | undefined, delayed(url: URL): boolean }} Site
 */

/** Bodies beyond this are rendered when they are asked for: 10 million rows would not fit into memory. */
const MOST_RENDERED_ROWS = 2_000_000;

/** @param {Workload} workload @returns {Site} */
export function siteOf(workload) {
  if (workload.kind === "events") return events(workload);
  if (workload.kind === "family") return family(workload);
  return issues(workload);
}

/** @param {EventsWorkload} workload @returns {Site} */
function events({ pages, rowsPerPage, envelope }) {
  const render = (/** @type {number} */ page) => {
    const rows = Array.from({ length: rowsPerPage }, (_, k) => event((page - 1) * rowsPerPage + k));
    if (envelope === "total") return json({ total_pages: pages, data: rows });
    if (envelope === "cursor") return json({ next: page < pages ? tokenOf(page + 1) : null, data: rows });
    return json(rows);
  };
  const rendered = pages * rowsPerPage <= MOST_RENDERED_ROWS ? range(pages).map((i) => render(i + 1)) : undefined;
  const none = json(envelope === "total" ? { total_pages: pages, data: [] } : []);
  return {
    answer(url) {
      if (url.pathname !== "/events") return undefined;
      const token = url.searchParams.get("cursor");
      const page = token === null ? Number(url.searchParams.get("page") ?? 1) : pageOf(token);
      if (!Number.isInteger(page) || page < 1) return undefined;
      return { body: page > pages ? none : (rendered?.[page - 1] ?? render(page)) };
    },
    delayed: () => true,
  };
}

/** The row of the issue's first table; the same that other projects measure with, so that numbers can be compared. */
function event(/** @type {number} */ i) {
  return {
    id: i,
    name: `user-${i}`,
    score: i * 0.5,
    profile: { city: "NYC", zip: 10_001 + (i % 100) },
    tags: [{ label: "a" }, { label: "b" }],
  };
}

/** A token from which no client can guess the next one. */
function tokenOf(/** @type {number} */ page) {
  return Buffer.from(`after-${page - 1}`).toString("base64url");
}

function pageOf(/** @type {string} */ token) {
  return Number(Buffer.from(token, "base64url").toString().replace("after-", "")) + 1;
}

/** @param {FamilyWorkload} workload @returns {Site} */
function family({ parents, rowsPerChild }) {
  const list = json(range(parents).map((id) => ({ id, name: `parent-${id}` })));
  const children = range(parents).map((id) =>
    json(range(rowsPerChild).map((k) => ({ id: id * rowsPerChild + k, text: `child ${k} of ${id}` }))),
  );
  return {
    answer({ pathname }) {
      if (pathname === "/parents") return { body: list };
      const body = children[Number(/^\/parents\/(\d+)\/children$/.exec(pathname)?.[1] ?? "none")];
      return body === undefined ? undefined : { body };
    },
    delayed: ({ pathname }) => pathname !== "/parents",
  };
}

/** @param {IssuesWorkload} workload @returns {Site} */
function issues({ issues, perPage }) {
  const pages = Math.ceil(issues / perPage);
  const rendered = range(pages).map((page) =>
    json(range(Math.min(perPage, issues - page * perPage)).map((k) => issue(page * perPage + k))),
  );
  return {
    answer({ pathname, searchParams }, origin) {
      const page = Number(searchParams.get("page") ?? 1);
      const body = pathname === "/issues" ? rendered[page - 1] : undefined;
      if (body === undefined) return undefined;
      return page < pages ? { body, headers: { link: `<${origin}/issues?page=${page + 1}>; rel="next"` } } : { body };
    },
    delayed: () => true,
  };
}

const WORDS =
  "the pipeline loads rows from an endpoint into a table and fails when the cursor of the next page repeats itself".split(
    " ",
  );
const LABELS = ["bug", "documentation", "enhancement", "good first issue", "question", "wontfix"];

/** About 880 bytes; labels: none, one, two, one, none, one, two …, so that every three issues have three. */
function issue(/** @type {number} */ i) {
  const number = i + 1;
  const author = (i * 7919) % 997;
  const created = Date.UTC(2019, 0, 1) + i * 3_600_000;
  const closed = i % 3 === 0;
  return {
    id: 400_000_000 + i,
    node_id: `MDU6SXNzdWU${400_000_000 + i}`,
    number,
    title: sentence(i, 8),
    state: closed ? "closed" : "open",
    locked: i % 50 === 0,
    comments: i % 12,
    author_association: i % 5 === 0 ? "MEMBER" : "NONE",
    user: { login: `octocat-${author}`, id: author, type: "User", site_admin: false },
    labels: range(i % 3).map((k) => {
      const label = (i + k) % LABELS.length;
      return { id: 1000 + label, name: LABELS[label], color: "d73a4a", default: k === 0 };
    }),
    created_at: date(created),
    updated_at: date(created + 86_400_000),
    closed_at: closed ? date(created + 80_000_000) : null,
    body: sentence(i * 31, 80),
  };
}

/** Words in an order that differs from row to row but not from run to run. */
function sentence(/** @type {number} */ seed, /** @type {number} */ words) {
  return range(words)
    .map((k) => WORDS[(seed * 13 + k * k + k) % WORDS.length])
    .join(" ");
}

function date(/** @type {number} */ ms) {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function range(/** @type {number} */ length) {
  return Array.from({ length }, (_, i) => i);
}

function json(/** @type {unknown} */ value) {
  return Buffer.from(JSON.stringify(value));
}
