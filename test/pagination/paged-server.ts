import { localServer, type LocalServer, type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";
import { PAGED_APIS, type PagedApi } from "../../src/rest/testing/paged-apis.js";
import type { RequestSpec } from "../../src/rest/request.js";

/** Serves all of `PAGED_APIS` over HTTP, each with any number of rows. */
export interface PagedServer extends LocalServer {
  /** Path of an API with `total` rows in pages of `size`. */
  pathOf(api: PagedApi, total: number, size: number): string;
}

/** Starts the server on a free port. */
export async function pagedServer(): Promise<PagedServer> {
  const server = await localServer((seen, response) => {
    const [, index, total, size] = seen.url.pathname.split("/");
    const api = PAGED_APIS[Number(index)];
    if (api === undefined) throw new RangeError(seen.target);
    const { body, headers } = api.answer(Number(total), Number(size))(asRequest(seen));
    sendJson(response, body, 200, { ...headers });
  });
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    pathOf: (api, total, size) => `${PAGED_APIS.indexOf(api)}/${total}/${size}`,
  };
}

/** What came over the wire, as the APIs read it. */
function asRequest({ method, url, headers, body }: SeenRequest): RequestSpec {
  const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
  return {
    method: method === "POST" ? "POST" : "GET",
    url: url.href,
    params: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(isForm && { data: Object.fromEntries(new URLSearchParams(body)) }),
    ...(!isForm && body !== "" && { json: JSON.parse(body) }),
  };
}
