import { describe, expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { Workspace } from "./command-line.js";

/** A config of each kind of request and response that needs no code. */
const yaml = (url: string): string => `pipeline_name: shop
destination: shop.duckdb
dataset_name: shop_data
source:
  name: shop
  client:
    base_url: ${url}/v1/
    max_attempts: 2
    backoff_factor: 0
    allowed_origins: ["https://files.example.com"]
  resources:
    - name: regions
      data: [eu, us]
      selected: false
    - name: stores
      endpoint:
        path: "{resources.regions.value}/stores"
        params: { kinds: [a, b], open: true, none: null }
        array_format: brackets
        data_selector: $.result['store list'][?@.id < 3]
        response_actions:
          - { status_code: 404, action: ignore }
      include_from_parent: [{ field: value, as: region }]
    - name: details
      endpoint:
        method: POST
        path: details
        json: { ids: "{stores.id}", query: "query { stores(ids: [{stores.id}]) { id } }" }
        parents_per_request: 10
        response_actions:
          - { body: { state: preparing }, action: retry }
    - name: prices
      endpoint:
        path: "stores/{id}/prices"
        params: { id: { type: resolve, resource: stores, field: id } }
        response_format: csv
    - name: events
      endpoint:
        method: PUT
        data: { since: yesterday, tags: [x, y] }
        headers: { X-Kind: "events {{all}}" }
        array_format: comma
    - name: found
      endpoint:
        method: PATCH
        params: { filter: { status: open, of: "{stores.id}" } }
        data: '{"query": "{ store(id: {stores.id}) { id } }"}'
        headers: { Content-Type: application/json }
    - name: paired
      endpoint:
        method: POST
        data: [[tag, x], [tag, y]]
`;

describe("sluice run with requests and responses of every kind", () => {
  it("loads them from YAML", async () => {
    let isPreparing = true;
    await using server = await localServer(({ url }, response) => {
      switch (url.pathname) {
        case "/v1/eu/stores":
          return sendJson(response, { result: { "store list": [{ id: 1 }, { id: 2 }, { id: 3 }] } });
        case "/v1/us/stores":
          return sendJson(response, {}, 404);
        case "/v1/details":
          sendJson(response, isPreparing ? { state: "preparing" } : { state: "ready", items: [{ id: 1 }, { id: 2 }] });
          isPreparing = false;
          return;
        case "/v1/events":
          response.writeHead(200, { "content-type": "application/jsonl" }).end('{"e":1}\n{"e":2}\n{"e":3}\n');
          return;
        case "/v1/found":
        case "/v1/paired":
          return sendJson(response, [{ id: 1 }]);
        default:
          response.writeHead(200, { "content-type": "text/plain" }).end("sku,price\nx,1.5\n");
      }
    });
    const workspace = await Workspace.create();
    try {
      await workspace.write("shop.yaml", yaml(server.url));
      const { code, stdout, stderr } = await workspace.sluice(["run", "shop.yaml", "--json", "--quiet"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toMatchObject({
        tables: { stores: 2, details: 2, prices: 2, events: 3, found: 2, paired: 1 },
        resources: { details: { retries: 1, rowsAt: ["items"] } },
        warnings: [],
      });
    } finally {
      await workspace.remove();
    }
    const details = 'POST /v1/details {"ids":[1,2],"query":"query { stores(ids: [1,2]) { id } }"}';
    expect(server.seen.map(({ method, target, body }) => `${method} ${target} ${body}`.trim()).sort()).toEqual([
      "GET /v1/eu/stores?kinds%5B%5D=a&kinds%5B%5D=b&open=true",
      "GET /v1/stores/1/prices",
      "GET /v1/stores/2/prices",
      "GET /v1/us/stores?kinds%5B%5D=a&kinds%5B%5D=b&open=true",
      'PATCH /v1/found?filter%5Bstatus%5D=open&filter%5Bof%5D=1 {"query": "{ store(id: 1) { id } }"}',
      'PATCH /v1/found?filter%5Bstatus%5D=open&filter%5Bof%5D=2 {"query": "{ store(id: 2) { id } }"}',
      details,
      details,
      "POST /v1/paired tag=x&tag=y",
      "PUT /v1/events since=yesterday&tags=x%2Cy",
    ]);
    expect(server.seen.find(({ method }) => method === "PUT")?.headers["x-kind"]).toBe("events {all}");
  });
});
