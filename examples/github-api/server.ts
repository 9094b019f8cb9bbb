import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { demoRepository, type Recorded, type RecordedComment, type RepositoryData } from "./recordings.js";

/** What the server serves and whom it lets in. */
export interface GitHubServerOptions {
  /** Bearer token that every request must carry. Default `demo-token`. */
  readonly token?: string;
  /** Port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** What the repository holds, in order; default: the demo's two moments. */
  readonly moments?: readonly RepositoryData[];
}

/** A running server. */
export interface GitHubServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `METHOD /path?query` of every request so far. */
  readonly requests: readonly string[];
  /** Goes on to what the repository held next. False when there is nothing further. */
  advance(): boolean;
  close(): Promise<void>;
}

/** Id of the repository whose paging was recorded; GitHub's own next links name it instead of owner and name. */
const REPOSITORY_ID = 515435940;
const DOCUMENTATION = "https://docs.github.com/rest";
const ROUTE = /^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/(?<list>issues|pulls)(?:\/(?<number>\d+)\/comments)?$/;

/**
 * A part of GitHub's REST API over documents that GitHub sent: lists of issues, comments of an issue and pull requests, with
 * GitHub's paging, filters, order, rate limit headers and error bodies. Listens on 127.0.0.1 only.
 */
export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const { token = "demo-token", port = 0 } = options;
  const moments = options.moments ?? Object.values(demoRepository());
  const requests: string[] = [];
  let moment = 0;

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const data = moments[moment];
    if (data === undefined) throw new Error("The server has no data");
    answer(request, response, data, { token, remaining: Math.max(0, 5000 - requests.length) });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    advance: () => {
      if (moment + 1 >= moments.length) return false;
      moment += 1;
      return true;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  data: RepositoryData,
  { token, remaining }: { token: string; remaining: number },
): void {
  const reply = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 3600),
      ...headers,
    });
    response.end(JSON.stringify(body));
  };

  const given = request.headers.authorization;
  if (given === undefined) return reply(401, { message: "Requires authentication", documentation_url: DOCUMENTATION });
  if (given !== `Bearer ${token}`) return reply(401, { message: "Bad credentials", documentation_url: DOCUMENTATION });

  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const route = ROUTE.exec(url.pathname)?.groups;
  if (route === undefined || request.method !== "GET")
    return reply(404, { message: "Not Found", documentation_url: DOCUMENTATION });

  const items =
    route["number"] === undefined
      ? list(data, route["list"], url.searchParams)
      : (data.comments.get(Number(route["number"])) ?? []);
  const page = paginate(items, url);
  reply(200, page.items, page.link === "" ? {} : { link: page.link });
}

/** GitHub's defaults: open ones, newest first. `since` compares the time of the last change. */
function list(data: RepositoryData, name: string | undefined, query: URLSearchParams): Recorded[] {
  const state = query.get("state") ?? "open";
  const since = query.get("since");
  const field = query.get("sort") === "updated" ? "updated_at" : "created_at";
  const direction = query.get("direction") === "asc" ? 1 : -1;
  return (name === "pulls" ? data.pulls : data.issues)
    .filter(
      (item) =>
        (state === "all" || item.state === state) &&
        (since === null || Date.parse(item.updated_at) >= Date.parse(since)),
    )
    .sort((a, b) => direction * (a[field].localeCompare(b[field]) || a.number - b.number));
}

/** One page and its `Link` header, relations in the order in which GitHub sends them. */
function paginate(
  items: readonly (Recorded | RecordedComment)[],
  url: URL,
): { items: readonly unknown[]; link: string } {
  const perPage = Math.min(100, positive(url.searchParams.get("per_page"), 30));
  const page = positive(url.searchParams.get("page"), 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const relations: [string, number][] = [];
  if (page > 1) relations.push(["prev", page - 1]);
  if (page < last) relations.push(["next", page + 1], ["last", last]);
  if (page > 1) relations.push(["first", 1]);
  const link = relations.map(([relation, target]) => `<${pageUrl(url, target)}>; rel="${relation}"`).join(", ");
  return { items: items.slice((page - 1) * perPage, page * perPage), link };
}

function pageUrl(url: URL, page: number): string {
  const target = new URL(url);
  target.pathname = url.pathname.replace(/^\/repos\/[^/]+\/[^/]+/, `/repositories/${REPOSITORY_ID}`);
  target.searchParams.set("page", String(page));
  return target.href;
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}
