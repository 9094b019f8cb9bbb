import { resource, RestClient, restApiSourceFrom } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { apiScene } from "./api.js";

const USER = {
  id: 7,
  name: "a/b?c#d",
  active: true,
  nothing: null,
  profile: { langs: ["de", "en"], "main mail": "x@example.com" },
};

describe("requests", () => {
  it("have every method, body and kind of parameter", async () => {
    await using api = await apiScene(() => [{ n: 1 }]);
    await api.load({
      client: { headers: { "X-All": "client" } },
      resources: [
        {
          name: "get",
          endpoint: { params: { a: 1, b: true, c: null, d: "x y&z", e: 0.5, f: "", g: ["p", "q", null] } },
        },
        { name: "post", endpoint: { method: "POST", json: { a: [1, { b: null }] }, headers: { "X-All": null } } },
        { name: "put", endpoint: { method: "PUT", data: { a: "x y", b: [1, 2], c: null, d: false } } },
        {
          name: "patch",
          endpoint: {
            method: "PATCH",
            data: [
              ["a", "1"],
              ["b", "2"],
              ["a", "3"],
            ],
          },
        },
        { name: "raw", endpoint: { method: "POST", data: "plain {text}", headers: { "Content-Type": "text/plain" } } },
        { name: "bytes", endpoint: { method: "POST", data: new TextEncoder().encode("{bytes}") } },
      ],
    });
    expect(api.asked()).toEqual([
      "GET /v1/get?a=1&b=true&d=x%20y%26z&e=0.5&f=&g=p&g=q",
      "PATCH /v1/patch a=1&b=2&a=3",
      "POST /v1/bytes {bytes}",
      'POST /v1/post {"a":[1,{"b":null}]}',
      "POST /v1/raw plain {text}",
      "PUT /v1/put a=x%20y&b=1&b=2&d=false",
    ]);
    const headers = Object.fromEntries(
      api.server.seen.map((request) => [request.url.pathname.slice(4), request.headers]),
    );
    expect(headers["get"]).toMatchObject({ "x-all": "client" });
    expect(headers["post"]).toMatchObject({ "content-type": "application/json" });
    expect(headers["post"]).not.toHaveProperty("x-all");
    expect(headers["put"]).toMatchObject({ "content-type": "application/x-www-form-urlencoded" });
    expect(headers["raw"]).toMatchObject({ "content-type": "text/plain" });
    expect(headers["bytes"]).not.toHaveProperty("content-type");
  });

  it("write lists as the endpoint says", async () => {
    await using api = await apiScene(() => []);
    const lists = { ids: [1, 2, null], none: [], text: "" };
    await api.load({
      resources: [
        { name: "repeat", endpoint: { params: lists } },
        { name: "comma", endpoint: { params: lists, arrayFormat: "comma" } },
        { name: "brackets", endpoint: { params: lists, array_format: "brackets" } },
        { name: "form", endpoint: { method: "POST", data: lists, arrayFormat: "comma" } },
      ],
    });
    expect(api.asked()).toEqual([
      "GET /v1/brackets?ids%5B%5D=1&ids%5B%5D=2&text=",
      "GET /v1/comma?ids=1%2C2&text=",
      "GET /v1/repeat?ids=1&ids=2&text=",
      "POST /v1/form ids=1%2C2&text=",
    ]);
    await expect(
      api.load({ resources: [{ name: "comma", endpoint: { params: { a: ["1,2", "3"] }, arrayFormat: "comma" } }] }),
    ).rejects.toThrow(/"1,2" has a comma/);
  });

  it("write objects member by member, in queries and forms, whoever they come from", async () => {
    await using api = await apiScene(() => []);
    const filter = { status: "open", type: "bug", none: null, of: "{p.id}", tags: ["a", "b"] };
    await api.load({
      resources: [
        { name: "p", data: [{ id: 7, range: { from: 1, to: { day: 2 } } }], selected: false },
        { name: "repeat", endpoint: { params: { filter, lines: [{ sku: 1 }, { sku: 2 }] } } },
        { name: "comma", endpoint: { params: { filter }, arrayFormat: "comma" } },
        { name: "brackets", endpoint: { params: { filter }, array_format: "brackets" } },
        { name: "form", endpoint: { method: "POST", data: { filter } } },
        { name: "rows", endpoint: { params: { range: "{p.range}" } } },
      ],
    });
    expect(api.asked().map(decodeURIComponent)).toEqual([
      "GET /v1/brackets?filter[status]=open&filter[type]=bug&filter[of]=7&filter[tags][]=a&filter[tags][]=b",
      "GET /v1/comma?filter[status]=open&filter[type]=bug&filter[of]=7&filter[tags]=a,b",
      "GET /v1/repeat?filter[status]=open&filter[type]=bug&filter[of]=7&filter[tags]=a&filter[tags]=b&lines[0][sku]=1&lines[1][sku]=2",
      "GET /v1/rows?range[from]=1&range[to][day]=2",
      "POST /v1/form filter[status]=open&filter[type]=bug&filter[of]=7&filter[tags]=a&filter[tags]=b",
    ]);
  });

  it("that cannot be made are refused before anything is sent", () => {
    const problems = (endpoint: unknown) => () =>
      restApiSourceFrom({ client: { base_url: "https://x" }, resources: ["users", { name: "c", endpoint }] });
    expect(problems({ method: "POST", data: { a: 1 }, headers: { "content-type": "multipart/form-data" } })).toThrow(
      /endpoint\.headers\.content-type asks for a multipart body/,
    );
    expect(problems({ method: "POST", files: { a: "b" } })).toThrow(/endpoint\.files is no known key; multipart/);
    expect(
      problems({ method: "POST", data: "text", paginator: { type: "cursor", cursor_body_path: "after" } }),
    ).toThrow(/endpoint\.paginator\.cursor_body_path puts a value into the body, but `data` is finished text/);
    expect(problems({ path: "{filter}", params: { filter: { a: 1 } } })).toThrow(/no value that can be part of a path/);
  });

  it.each([null, 5, ["https://x"], {}])("need a text as base URL, not %j", (baseUrl) => {
    expect(() => restApiSourceFrom({ client: { baseUrl }, resources: ["a"] })).toThrow(
      /client\.baseUrl must be a text/,
    );
    // A wrong value on purpose: JavaScript has no types.
    expect(() => new RestClient({ baseUrl } as never)).toThrow(/RestClient needs a baseUrl/);
  });

  it("refuse two bodies, unknown placeholders and formats before anything is sent", () => {
    const problems = (endpoint: unknown) => () =>
      restApiSourceFrom({ client: { base_url: "https://x" }, resources: ["users", { name: "c", endpoint }] });
    expect(problems({ method: "POST", json: { a: 1 }, data: "x" })).toThrow(
      /resources\[1\]\.endpoint\.data and json cannot both be the body/,
    );
    expect(problems("a/{userz.id}")).toThrow(/no resource "userz"; did you mean "users"/);
    expect(problems({ path: "a", params: { id: "{users.id:>5}" } })).toThrow(
      /resources\[1\]\.endpoint\.params\.id placeholder \{users\.id:>5\} has the format ":>5", which is not supported/,
    );
    expect(problems({ path: "a", json: { id: "{users.a[}" } })).toThrow(/endpoint\.json\S* .*not a valid JSONPath/);
    expect(problems({ path: "a", arrayFormat: "commas" })).toThrow(/arrayFormat must be .*did you mean "comma"/);
  });
});

describe("placeholders", () => {
  it("fill path, params, headers, json and data, with nested fields; other braces stay", async () => {
    await using api = await apiScene(() => []);
    await api.load({
      resources: [
        { name: "users", data: [USER], selected: false },
        {
          name: "all",
          endpoint: {
            path: "{resources.users.name}/{users.profile.langs[1]}/{{x}}",
            method: "POST",
            params: { mail: "{users.profile['main mail']}", langs: "{users.profile.langs}", none: "{users.nothing}" },
            headers: { "X-{users.id}": "on {users.active}" },
            json: {
              id: "{users.id}",
              active: "{users.active}",
              nothing: "{users.nothing}",
              profile: "{users.profile}",
              langs: "{users.profile.langs[*]}",
              query: "query { user(id: {users.id}) { name ... on Admin { rights } } }",
              "{users.name}": '{"a":{"b":"{users.id}"}}',
            },
          },
        },
        { name: "raw", endpoint: { method: "POST", data: '{"query":"{ user(id: {users.id}) { id } }"}' } },
        { name: "form", endpoint: { method: "POST", data: { "k{users.id}": "{users.profile.langs}" } } },
      ],
    });
    expect(api.asked()).toEqual([
      `POST /v1/a%2Fb%3Fc%23d/en/%7Bx%7D?mail=x%40example.com&langs=de&langs=en ${JSON.stringify({
        id: 7,
        active: true,
        nothing: null,
        profile: USER.profile,
        langs: "de",
        query: "query { user(id: 7) { name ... on Admin { rights } } }",
        "a/b?c#d": '{"a":{"b":"7"}}',
      })}`,
      "POST /v1/form k7=de&k7=en",
      'POST /v1/raw {"query":"{ user(id: 7) { id } }"}',
    ]);
    expect(api.server.seen.find(({ url }) => url.pathname.startsWith("/v1/a"))?.headers).toMatchObject({
      "x-7": "on true",
    });
  });

  it("take whole URLs of a parent, with credentials within the allowed origins only", async () => {
    await using other = await localServer((_, response) => sendJson(response, [{ from: "other" }]));
    await using allowed = await localServer((_, response) => sendJson(response, [{ from: "allowed" }]));
    await using api = await apiScene(() => [{ from: "api" }]);
    const { warnings } = await api.load({
      client: { auth: { token: "a-token-of-the-client" }, allowedOrigins: [allowed.url] },
      resources: [
        { name: "links", data: [`${api.server.url}/own?a=1`, `${allowed.url}/x`, `${other.url}/y`], selected: false },
        { name: "files", endpoint: "{links.value}" },
      ],
    });
    expect((await api.rows("files")).map(({ from }) => from)).toEqual(["allowed", "api", "other"]);
    expect([api.server, allowed, other].map(({ seen }) => [seen[0]?.target, seen[0]?.headers.authorization])).toEqual([
      ["/own?a=1", "Bearer a-token-of-the-client"],
      ["/x", "Bearer a-token-of-the-client"],
      ["/y", undefined],
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(["credentials-withheld"]);
  });
});

describe("parents", () => {
  it("are followed over several levels, unselected ones too, with several fields, renamed and nested ones", async () => {
    await using api = await apiScene(({ url }) => {
      if (url.pathname === "/v1/orgs") return [{ id: 1, slug: "o", meta: { region: "eu" } }];
      if (url.pathname === "/v1/orgs/o/repos") return [{ id: 11, name: "r", _orgs_id: "own", owner: "repo's" }];
      if (url.pathname === "/v1/orgs/1/r/issues") return [{ number: 3 }, { number: 4 }];
      return url.pathname.endsWith("/3/comments") ? [{ text: "t" }] : [];
    });
    const { warnings, tables } = await api.load({
      resources: [
        { name: "comments", endpoint: "issues/{issues.number}/comments", include_from_parent: ["number", "region"] },
        {
          name: "issues",
          selected: false,
          endpoint: {
            path: "orgs/{org}/{repo}/issues",
            params: {
              org: { type: "resolve", resource: "repos", field: "org" },
              repo: { type: "resolve", resource: "repos", field: "name" },
            },
          },
          includeFromParent: [{ field: "region", as: "region" }],
        },
        {
          name: "repos",
          endpoint: "orgs/{resources.orgs.slug}/repos",
          includeFromParent: [
            "id",
            { field: "id", as: "org" },
            { field: "meta.region", as: "region" },
            { field: "slug", as: "owner" },
          ],
        },
        { name: "orgs", selected: false },
      ],
    });
    expect(tables).toEqual({ repos: 1, comments: 1 });
    expect(await api.rows("repos")).toEqual([{ id: 11, name: "r", _orgs_id: 1, org: 1, region: "eu", owner: "o" }]);
    expect(await api.rows("comments")).toEqual([{ text: "t", _issues_number: 3, _issues_region: "eu" }]);
    expect(warnings.map(({ code, column, count }) => [code, column, count])).toEqual([
      ["field-replaced", "_orgs_id", 1],
      ["field-replaced", "owner", 1],
    ]);
  });

  it("may be lists, iterables and generators, of objects or values, each of which is asked for as often as it comes", async () => {
    await using api = await apiScene(({ url }) => [{ path: url.pathname }]);
    async function* later() {
      yield* ["x", "y"];
      yield [{ value: "z" }, { value: "x" }];
    }
    await api.load({
      resources: [
        { name: "list", data: ["a", "b", "a", { value: "c" }], selected: false },
        { name: "iterable", data: new Set([1, 2]), selected: false },
        { name: "generator", data: later, selected: false },
        { name: "promise", data: async () => Promise.resolve(["p", ["q"]]), selected: false },
        { name: "promised", data: () => Promise.resolve(later()), selected: false },
        resource<unknown>({ name: "code", selected: false }, later()),
        ...["list", "iterable", "generator", "promise", "promised", "code"].map((name) => ({
          name: `of_${name}`,
          endpoint: `${name}/{resources.${name}.value}`,
        })),
      ],
    });
    expect(api.asked()).toEqual(
      // "x" comes again with a later page.
      [...["a", "a", "b", "c"].map((v) => `list/${v}`), "iterable/1", "iterable/2", "promise/p", "promise/q"]
        .concat(["generator", "promised", "code"].flatMap((name) => ["x", "x", "y", "z"].map((v) => `${name}/${v}`)))
        .map((path) => `GET /v1/${path}`)
        .sort(),
    );
    expect(await api.values("select count(*) from of_list")).toEqual([4]);
    await expect(
      // A wrong value on purpose: JavaScript has no types.
      api.load({ resources: [{ name: "none", data: async () => Promise.resolve(5) }] }),
    ).rejects.toThrow(/The function of resource "none" returned 5 and nothing that can be iterated/);
  });

  it("may be data that is loaded itself", async () => {
    await using api = await apiScene(() => []);
    await api.load({
      resourceDefaults: { endpoint: { params: { limit: 5 } } },
      resources: [
        {
          name: "regions",
          table_name: "areas",
          data: [{ id: "eu" }, { id: "us" }],
          processing_steps: [{ filter: (row: { id: string }) => row.id === "eu" }],
        },
        { name: "stores", endpoint: "{regions.id}/stores" },
      ],
    });
    expect(await api.rows("areas")).toEqual([{ id: "eu" }]);
    expect(api.asked()).toEqual(["GET /v1/eu/stores?limit=5"]);
    expect(() =>
      restApiSourceFrom({
        client: { baseUrl: "https://x" },
        resources: [
          { name: "a", data: [1], endpoint: "a" },
          { name: "b", data: [1], includeFromParent: ["x"] },
          { name: "c", data: "text" },
        ],
      }),
    ).toThrow(/resources\[2\]\.data must be a list, an iterable or a function; found "text"/);
    expect(() =>
      restApiSourceFrom({
        client: { baseUrl: "https://x" },
        resources: [
          { name: "a", data: [1], endpoint: "a" },
          { name: "b", data: [1], includeFromParent: ["x"] },
        ],
      }),
    ).toThrow(/resources\[0\]\.endpoint and data cannot both.*resources\[1\]\.includeFromParent needs a parent/s);
  });
});

describe("rows of a parent that share a request", () => {
  it("are a list in params, json and forms, and joined by commas in texts and paths", async () => {
    await using api = await apiScene(() => [{ n: 1 }]);
    const common = { parentsPerRequest: 2, method: "POST" };
    await api.load({
      resources: [
        {
          name: "ids",
          data: [
            { id: 1, k: "a/b" },
            { id: 2, k: "c" },
            { id: 1, k: "a/b" },
            { id: 3, k: "d" },
          ],
          selected: false,
        },
        { name: "repeat", endpoint: { params: { id: "{ids.id}" }, parents_per_request: 2 } },
        { name: "comma", endpoint: { params: { id: "{ids.id}" }, arrayFormat: "comma", parentsPerRequest: 50 } },
        { name: "text", endpoint: { params: { q: "id in ({ids.id})" }, parentsPerRequest: 2 } },
        { name: "path", endpoint: { path: "path/{ids.k}", parentsPerRequest: 2 } },
        { name: "json", endpoint: { ...common, json: { ids: "{ids.id}", more: [0, "{ids.id}"], text: "in {ids.k}" } } },
        {
          name: "form",
          endpoint: { ...common, data: { id: "{ids.id}", t: "={ids.id}" }, headers: { "X-Ids": "{ids.id}" } },
        },
        { name: "raw", endpoint: { ...common, data: "{ items(ids: [{ids.id}]) { id } }" } },
      ],
    });
    expect(api.asked()).toEqual(
      [
        "GET /v1/comma?id=1%2C2%2C3",
        "GET /v1/path/a%2Fb,c",
        "GET /v1/path/d",
        "GET /v1/repeat?id=1&id=2",
        "GET /v1/repeat?id=3",
        "GET /v1/text?q=id%20in%20%281%2C2%29",
        "GET /v1/text?q=id%20in%20%283%29",
        "POST /v1/form id=1&id=2&t=%3D1%2C2",
        "POST /v1/form id=3&t=%3D3",
        'POST /v1/json {"ids":[1,2],"more":[0,1,2],"text":"in a/b,c"}',
        'POST /v1/json {"ids":[3],"more":[0,3],"text":"in d"}',
        "POST /v1/raw { items(ids: [1,2]) { id } }",
        "POST /v1/raw { items(ids: [3]) { id } }",
      ].sort(),
    );
    const forms = api.server.seen.filter(({ url }) => url.pathname === "/v1/form");
    expect(new Set(forms.map(({ headers }) => headers["x-ids"]))).toEqual(new Set(["1,2", "3"]));
  });

  it("do not span the pages of the parent, and each request has its own pages", async () => {
    await using api = await apiScene(({ url }) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      if (url.pathname === "/v1/ids")
        return { data: [{ id: page * 10 }, { id: page * 10 + 1 }], ...(page < 2 && { next: "?page=2" }) };
      return {
        data: [{ ids: url.searchParams.get("ids"), page }],
        ...(page < 2 && { next: `?ids=${url.searchParams.get("ids")}&page=2` }),
      };
    });
    await api.load({
      client: { paginator: "json_link" },
      resourceDefaults: { endpoint: { dataSelector: "data" } },
      resources: [
        { name: "ids", selected: false },
        { name: "items", endpoint: { params: { ids: "{ids.id}" }, arrayFormat: "comma", parentsPerRequest: 100 } },
      ],
    });
    expect(await api.rows("items")).toEqual([
      { ids: "10,11", page: 1 },
      { ids: "10,11", page: 2 },
      { ids: "20,21", page: 1 },
      { ids: "20,21", page: 2 },
    ]);
  });

  it("refuse what would get lost: null, commas within values, fields to include", async () => {
    await using api = await apiScene(() => []);
    const load = (data: unknown[], more: object = {}) =>
      api.load({
        resources: [
          { name: "ids", data, selected: false },
          { name: "items", endpoint: { path: "x/{ids.id}", parentsPerRequest: 2 }, ...more },
        ],
      });
    await expect(load([{ id: 1 }, { id: null }])).rejects.toMatchObject({ code: "SLUICE_MISSING_PARENT_FIELD" });
    await expect(load([{ id: 1 }, { id: null }])).rejects.toThrow(/A row of "ids" has null as "id"/);
    await expect(load([{ id: "a,b" }, { id: "c" }])).rejects.toThrow(/"a,b" has a comma/);
    await expect(load([{ id: ".." }, { id: "c" }])).rejects.toThrow(/cannot be part of a URL/);
    expect(() => load([{ id: 1 }], { includeFromParent: ["id"] })).toThrow(/includeFromParent cannot be told when/);
    expect(() => api.load({ resources: [{ name: "a", endpoint: { parentsPerRequest: 2 } }] })).toThrow(
      /parentsPerRequest needs a parent/,
    );
  });
});
