import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { resource } from "../extract/define.js";
import { restApiSourceFrom, validateRestApiConfig } from "./source.js";
import { formatPath } from "./spelling.js";

const client = { baseUrl: "https://api.example.com/" };

/** A config with one resource beside `users`. */
function withResource(entry: unknown, rest: Record<string, unknown> = {}): unknown {
  return { client, resources: ["users", entry], ...rest };
}

/** Problems as lines: path, blank, message. */
function problems(config: unknown): string[] {
  return validateRestApiConfig(config).map(({ path, message }) => `${formatPath(path)} ${message}`);
}

describe("validateRestApiConfig", () => {
  it("takes dlt's word that there is no session", () => {
    expect(problems({ client: { base_url: "https://x.example", session: null }, resources: ["a"] })).toEqual([]);
  });

  it("speaks the user's spelling also where it says what to do", () => {
    const snake = { base_url: "https://x.example" };
    const paginator = { type: "offset", limit: 1, offset_parm: "x" };
    expect(problems({ client: { ...snake, paginator }, resources: ["a", { name: "a", primary_key: "id" }] })).toEqual([
      expect.stringMatching(
        /has no option "offsetParm"[^]*Its options: max_pages, limit, offset, offset_param, offset_body_path/,
      ),
      expect.stringMatching(/^resources\[1\]\.name .*`table_name` lets two resources/),
    ]);
    const incremental = { cursor_path: "at", end_value: 2 };
    expect(problems({ client: snake, resources: [{ name: "a", endpoint: { incremental } }] })[0]).toContain(
      "needs an initial_value as well",
    );
    // camelCase stays for whoever writes it.
    expect(problems({ client: { ...client, maxAttempts: 1 }, resources: ["a", "a"] })[0]).toContain("`tableName`");
  });

  it("names the parameter, header or part of the body in which a placeholder is wrong", () => {
    const endpoint = {
      path: "users/{users.id}",
      params: { q: "{users.a[}", since: "{incremental.start_value}" },
      headers: { "X-A": "a {users.b[} c" },
      json: { deep: [{ c: "{users.c[}" }] },
    };
    expect(problems(withResource({ name: "a", endpoint })).map((line) => line.split(" ")[0])).toEqual([
      "resources[1].endpoint.params.q",
      "resources[1].endpoint.params.since",
      "resources[1].endpoint.headers.X-A",
      "resources[1].endpoint.json.deep[0].c",
    ]);
    const params = { id: { type: "resolve", resource: "users", field: "a[" } };
    expect(problems(withResource({ name: "a", endpoint: { path: "x/{id}", params } }))).toEqual([
      expect.stringMatching(/^resources\[1\]\.endpoint\.params\.id\.field is not valid: /),
    ]);
  });

  it("checks how the API is asked before it is asked", () => {
    expect(problems({ client: { ...client, caFile: "/nowhere/ca.pem" }, resources: ["a"] })).toEqual([
      expect.stringMatching(
        /^client\.caFile is not valid: caFile is "\/nowhere\/ca\.pem", which cannot be used: ENOENT/,
      ),
    ]);
    expect(problems({ client: { base_url: "https://x.example", retry_statuses: [700] }, resources: ["a"] })).toEqual([
      expect.stringMatching(/^client\.retry_statuses is not valid: retry_statuses\[0\] is 700/),
    ]);
    expect(problems({ client: { ...client, connectTimeout: 1e9, proxy: "proxy" }, resources: ["a"] })).toEqual([
      expect.stringMatching(/^client\.connectTimeout is not valid: connectTimeout is 1000000000/),
    ]);
    expect(problems({ client: { ...client, proxy: true }, resources: ["a"] })).toEqual([
      "client.proxy must be a text or false; found true",
    ]);
  });

  it("accepts what dlt accepts", () => {
    expect(
      problems({
        client: {
          base_url: "https://api.example.com",
          headers: { "X-A": "1" },
          auth: { token: "t0ken" },
          paginator: "header_link",
        },
        resource_defaults: {
          primary_key: "id",
          write_disposition: { disposition: "merge", strategy: "upsert" },
          endpoint: { params: { per_page: 100 } },
        },
        resources: [
          "users",
          { name: "posts", endpoint: "posts" },
          {
            name: "comments",
            table_name: "c",
            max_table_nesting: 1,
            columns: [{ name: "a", data_type: "text", "x-own": 1 }],
            schema_contract: { data_type: "freeze" },
            nested_hints: { tags: { primary_key: "id" } },
            selected: false,
            parallelized: true,
            include_from_parent: ["id"],
            processing_steps: [{ filter: () => true }, { yield_map: () => [] }],
            endpoint: {
              path: "posts/{resources.posts.id}/comments",
              method: "POST",
              json: { q: "{resources.posts.title}" },
              headers: { Accept: null },
              params: {
                since: {
                  type: "incremental",
                  cursor_path: "at",
                  initial_value: "2024-01-01",
                  window: "P1D",
                  format: "date",
                  cursor_scope: "parent",
                },
                tag: ["a", "b"],
                none: null,
              },
              paginator: { type: "page_number", base_page: 1, total_path: null },
              data_selector: "data[*]",
              response_actions: [{ status_code: 404, action: "ignore" }],
              auth: null,
            },
          },
          resource({ name: "own" }, [{ id: 1 }]),
        ],
      }),
    ).toEqual([]);
  });

  it.each<[string, unknown, (string | RegExp)[]]>([
    ["no object", "config", ['the config must be an object; found "config"']],
    ["no client", { resources: [] }, ["client is missing: an object is needed"]],
    ["no base URL", { client: {}, resources: [] }, ["client.baseUrl is missing: a text is needed"]],
    [
      "no base URL in snake_case",
      { client: { allowed_origins: [] }, resources: [] },
      ["client.base_url is missing: a text is needed"],
    ],
    [
      "a base URL that is none",
      { client: { baseUrl: "api.example.com" }, resources: [] },
      [/client.baseUrl is not valid: .*not an absolute URL/],
    ],
    [
      "a misspelt key",
      withResource({ name: "a", endpiont: "a" }),
      [/^resources\[1\]\.endpiont is no known key; did you mean "endpoint"\? allowed: name, endpoint, /],
    ],
    [
      "a misspelt key in snake_case",
      {
        client: { base_url: "https://x.y" },
        resources: [{ name: "a", endpoint: { data_slector: "x", response_actions: [] } }],
      },
      [/^resources\[0\]\.endpoint\.data_slector is no known key; did you mean "data_selector"\?/],
    ],
    [
      "several problems",
      withResource({ name: 1, endpoint: { method: "get", params: [] } }),
      [
        /^resources\[1\]\.name must be a text; found 1$/,
        /^resources\[1\]\.endpoint\.method must be "GET", .*; found "get"; did you mean "GET"\?$/,
        /^resources\[1\]\.endpoint\.params must be an object; found \[\]$/,
      ],
    ],
    [
      "rate limits",
      {
        client: {
          base_url: "https://x.y",
          max_rate_limit_wait: -1,
          rate_limit: [{ requests: 60 }, { requests: 5, per: "fortnight" }, { requests: 1, per: "hour", burst: 2 }],
        },
        resources: [
          { name: "a", endpoint: { rate_limit: { requests: 0, per: "minute" } } },
          { name: "b", endpoint: { rate_limit: "60/minute" } },
          { name: "c", endpoint: { rate_limit: { requests: 1, per: "minute", seconds: 60 } } },
          { name: "d", endpoint: { rate_limit: { concurrency: 1.5 } } },
        ],
      },
      [
        "client.max_rate_limit_wait must be at least 0; found -1",
        'client.rate_limit[0] must be `requests` with `per` ("second", "minute", "hour", "day" or seconds), `concurrency`, or all three; found {"requests":60}',
        /^client\.rate_limit\[1\]\.per must be "second", .*"day".*; found "fortnight"$/,
        /^client\.rate_limit\[2\]\.burst is no known key; allowed: requests, per, seconds, concurrency$/,
        "resources[0].endpoint.rate_limit.requests must be at least 1; found 0",
        /^resources\[1\]\.endpoint\.rate_limit must be an object or a list; found "60\/minute"$/,
        /^resources\[2\]\.endpoint\.rate_limit must be `requests` with `per`/,
        "resources[3].endpoint.rate_limit.concurrency must be a whole number; found 1.5",
      ],
    ],
    ["a missing name", withResource({ endpoint: "a" }), ["resources[1].name is missing: a text is needed"]],
    [
      "a resource that is none",
      withResource(5),
      [/^resources\[1\] must be an object or a resource made with resource\(\); found 5$/],
    ],
    [
      "a function as name",
      withResource({ name: () => "x" }),
      [/^resources\[1\]\.name must be a text; found a function$/],
    ],
    [
      "header values",
      withResource({ name: "a", endpoint: { headers: { "X-Id": 12345 } } }),
      [
        'resources[1].endpoint.headers["X-Id"] must be a text; found a value of type number (hidden)'.replace(
          '["X-Id"]',
          ".X-Id",
        ),
      ],
    ],
    [
      "a function as param",
      withResource({ name: "a", endpoint: { params: { filter: () => 1 } } }),
      [/^resources\[1\]\.endpoint\.params\.filter must be a value, a list, an object of values/],
    ],
    [
      "a param of unknown type",
      withResource({ name: "a", endpoint: { params: { x: { type: "incremntal", cursor_path: "a" } } } }),
      [/^resources\[1\]\.endpoint\.params\.x\.type is "incremntal", which is unknown; did you mean "incremental"\?/],
    ],
    [
      "incremental without cursorPath",
      withResource({ name: "a", endpoint: { incremental: { initialValue: 1 } } }),
      ["resources[1].endpoint.incremental.cursorPath is missing: a text is needed"],
    ],
    [
      "a key in two spellings",
      { client: { baseUrl: "https://x.y", base_url: "https://x.z" }, resources: [] },
      ["client.base_url is given twice, in two spellings (baseUrl and base_url)"],
    ],
    [
      "keys of the prototype",
      JSON.parse('{"client":{"baseUrl":"https://x.y","__proto__":{"a":1},"constructor":1},"resources":[]}'),
      [/^client\.__proto__ is no known key/, /^client\.constructor is no known key/],
    ],
    [
      "a session",
      { client: { ...client, session: {} }, resources: [] },
      [/^client\.session is no known key; .*no session objects/],
    ],
    [
      "a step that is no function",
      withResource({ name: "a", processingSteps: [{ map: "x" }] }),
      [/^resources\[1\]\.processingSteps\[0\]\.map must be a function; found "x"$/],
    ],
    [
      "an unknown step",
      withResource({ name: "a", processingSteps: [{ flatmap: () => [] }] }),
      [/^resources\[1\]\.processingSteps\[0\]\.flatmap is no known key/],
    ],
    [
      "a wrong column type",
      withResource({ name: "a", columns: { x: { data_type: "string" } } }),
      [/^resources\[1\]\.columns\.x\.data_type must be .*"text"/],
    ],
    [
      "what is wrong elsewhere, beside a misspelt key",
      {
        client: { ...client, paginator: { type: "offset" } },
        resources: [
          null,
          "users",
          "users",
          { name: "a", endpont: "x" },
          { name: "b", endpoint: "x/{userz.id}" },
          { name: "c", endpoint: { dataSelector: "a[" } },
          { name: "d", endpoint: { path: "x/{a.id}", method: "get" } },
          { name: "e", endpoint: "x/{a.id}" },
        ],
      },
      [
        /^resources\[0\] must be/,
        /^resources\[3\]\.endpont is no known key; did you mean "endpoint"/,
        /^resources\[6\]\.endpoint\.method must be/,
        /^client\.paginator\.limit .*needs "limit"/,
        /^resources\[4\]\.endpoint .*no resource "userz"/,
        /^resources\[5\]\.endpoint\.dataSelector is not valid/,
        /^resources\[2\] is "users", which another/,
      ],
    ],
    [
      "nothing of resources that have broken defaults",
      {
        client: { baseUrl: "nowhere" },
        resource_defaults: { endpoint: 5 },
        resources: [{ name: "a", endpoint: "{b.c}" }],
      },
      [/^resource_defaults\.endpoint must be/, /^client\.baseUrl is not valid/],
    ],
  ])("reports %s", (_, config, expected) => {
    const found = problems(config);
    expect(found).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(found[i]).toMatch(text);
  });

  it.each<[string, unknown, (string | RegExp)[]]>([
    [
      "duplicate names",
      { client, resources: ["users", "users"] },
      [/^resources\[1\] is "users", which another resource already has/],
    ],
    [
      "a foreign resource of the same name",
      { client, resources: ["users", resource({ name: "users" }, [])] },
      [/^resources\[1\].* is "users", which another/],
    ],
    [
      "json and data",
      withResource({ name: "a", endpoint: { json: { a: 1 }, data: "x" } }),
      [/^resources\[1\]\.endpoint\.data and json cannot both/],
    ],
    [
      "json of the defaults and data",
      withResource({ name: "a", endpoint: { data: "x" } }, { resourceDefaults: { endpoint: { json: { a: 1 } } } }),
      [/^resources\[1\]\.endpoint\.data and json/],
    ],
    [
      "an unknown parent",
      withResource({ name: "a", endpoint: "a/{resources.user.id}" }),
      [/^resources\[1\]\.endpoint placeholder \{resources\.user\.id\}.*did you mean "users"\?/],
    ],
    [
      "an unknown parent of a resolve param",
      withResource({
        name: "a",
        endpoint: { path: "a/{id}", params: { id: { type: "resolve", resource: "user", field: "id" } } },
      }),
      [/needs the resource "user", which does not exist; did you mean "users"\?/],
    ],
    [
      "a relative path without a base URL",
      { client: { baseUrl: "" }, resources: ["a", { name: "b", endpoint: "https://x.y/b" }] },
      [/^resources\[0\] must be an absolute URL/],
    ],
    [
      "a cycle",
      {
        client,
        resources: [
          { name: "a", endpoint: "{resources.b.id}/x" },
          { name: "b", endpoint: "{resources.a.id}/x" },
        ],
      },
      [/is its own ancestor: "a" → "b" → "a"/],
    ],
    ["a resource that needs itself", withResource({ name: "a", endpoint: "a/{a.id}" }), [/depends on itself/]],
    [
      "two parents",
      { client, resources: ["a", "b", { name: "c", endpoint: "{resources.a.id}/{resources.b.id}" }] },
      [/placeholders of two parents, "a" and "b"/],
    ],
    [
      "includeFromParent without a parent",
      withResource({ name: "a", includeFromParent: ["id"] }),
      [/^resources\[1\]\.includeFromParent needs a parent/],
    ],
    [
      "a path param without a value",
      withResource({ name: "a", endpoint: { path: "orgs/{ogr}/x", params: { org: "o" } } }),
      [/placeholder \{ogr\} has no value: there is no param "ogr"; did you mean "\{org\}"\?/],
    ],
    [
      "a resource without a field",
      withResource({ name: "a", endpoint: "x/{users}/y" }),
      [/needs a field of the parent: \{resources\.users\.<field>\}/],
    ],
    [
      "a resolve param outside the path",
      withResource({ name: "a", endpoint: { params: { id: { type: "resolve", resource: "users", field: "id" } } } }),
      [/^resources\[1\]\.endpoint\.params\.id is of type resolve, but the path has no \{id\}/],
    ],
    [
      "an incremental param in the path",
      withResource({
        name: "a",
        endpoint: { path: "x/{since}", params: { since: { type: "incremental", cursorPath: "a" } } },
      }),
      [/placeholder \{since\} is an incremental cursor/],
    ],
    [
      "bad JSONPaths",
      withResource({ name: "a", endpoint: { path: "a", dataSelector: "a[", incremental: { cursorPath: "b..[" } } }),
      [
        /^resources\[1\]\.endpoint\.dataSelector is not valid: "a\[" is not a valid JSONPath/,
        /^resources\[1\]\.endpoint\.incremental\.cursorPath is not valid/,
      ],
    ],
    [
      "an unknown paginator",
      withResource({ name: "a", endpoint: { paginator: "json_lnk" } }),
      [
        /^resources\[1\]\.endpoint\.paginator is "json_lnk", which is unknown; did you mean "json_link"\? known: json_link, /,
      ],
    ],
    [
      "a paginator without its option",
      withResource({ name: "a", endpoint: { paginator: { type: "offset" } } }),
      [/^resources\[1\]\.endpoint\.paginator.limit is not valid: .*offset.* needs "limit"/],
    ],
    [
      "an unknown paginator option",
      { client: { base_url: "https://x.y", paginator: { type: "json_link", next_url: "a" } }, resources: [] },
      [/^client\.paginator\.next_url is not valid: .*no option "nextUrl"/],
    ],
    [
      "pages to ask for early that are no number",
      withResource({ name: "a", endpoint: { paginator: { type: "page_number", prefetch: "8" } } }),
      [/^resources\[1\]\.endpoint\.paginator\.prefetch is not valid: "prefetch" of paginator "page_number" is "8"/],
    ],
    [
      "an unknown auth",
      { client: { ...client, auth: { type: "baerer", token: "s3cr3t-token" } }, resources: [] },
      [/^client\.auth\.type is "baerer", which is unknown; did you mean "bearer"\?/],
    ],
    [
      "a wrong response action",
      withResource({ name: "a", endpoint: { responseActions: [{ statusCode: "40x", action: "ignore" }] } }),
      [/^resources\[1\]\.endpoint\.responseActions\[0\]\.statusCode is not valid/],
    ],
    [
      "headers without a possible name",
      {
        client: { ...client, headers: { "X Tenant": "a", "X-Ok_1": "b" } },
        resources: ["users", { name: "b", endpoint: { headers: { "X:": "a", "X-{users.id}": "c" } } }],
      },
      [
        /^client\.headers\["X Tenant"\] is no name of a header/,
        /^resources\[1\]\.endpoint\.headers\["X:"\] is no name/,
      ],
    ],
    [
      "a misspelt resource in a header and in a body",
      {
        client,
        resources: ["users", { name: "b", endpoint: { headers: { X: "{usrs.id}" }, json: { q: ["of {usres.id}"] } } }],
      },
      [
        /headers\.X placeholder \{usrs\.id\} names no resource.*"users"/,
        /json\.q\[0\] placeholder \{usres\.id\} names no/,
      ],
    ],
    [
      "a response action without a condition",
      withResource({ name: "a", endpoint: { response_actions: [{ action: "ignore" }] } }),
      [/^resources\[1\]\.endpoint\.response_actions\[0\] is not valid: .*has no condition/],
    ],
    [
      "cursor placeholders without a cursor",
      withResource({ name: "a", endpoint: { params: { since: "{incremental.start_value}" } } }),
      [/uses \{incremental\.start_value\}, but the endpoint has no `incremental`/],
    ],
    [
      "a cursor with a mistake, and no more",
      withResource({
        name: "a",
        endpoint: {
          params: { since: "{incremental.start_value}" },
          incremental: { cursorPath: "at", initialValue: "2024-01-01", window: "1M" },
        },
      }),
      [/incremental\.window is not valid: `window` is "1M"/],
    ],
    [
      "a boundary that is no time",
      withResource({
        name: "a",
        writeDisposition: { disposition: "merge", strategy: "scd2", boundaryTimestamp: "yesterday" },
      }),
      [/boundaryTimestamp/],
    ],
    [
      "two cursors",
      withResource({
        name: "a",
        endpoint: { params: { a: { type: "incremental", cursorPath: "x" } }, incremental: { cursorPath: "y" } },
      }),
      [/more than one incremental cursor \(params\.a, incremental\)/],
    ],
    [
      "windows that the request does not name, and that have no start",
      withResource({ name: "a", endpoint: { incremental: { cursorPath: "x", window: "P1D" } } }),
      [
        /^resources\[1\]\.endpoint\.incremental\.window needs the request to say which window/,
        /^resources\[1\]\.endpoint\.incremental\.window needs an initialValue/,
      ],
    ],
    [
      "a step that is none",
      withResource({ name: "a", endpoint: { incremental: { cursorPath: "x", window: "P1.5D" } } }),
      [/^resources\[1\]\.endpoint\.incremental\.window is not valid: `window` is "P1\.5D"; it must be a duration/],
    ],
    [
      "unknown words of a cursor",
      withResource({ name: "a", endpoint: { incremental: { cursorPath: "x", format: "unix", cursorScope: "row" } } }),
      [
        /^resources\[1\]\.endpoint\.incremental\.format .*"iso"/,
        /^resources\[1\]\.endpoint\.incremental\.cursorScope .*"resource"/,
      ],
    ],
    [
      "a cursor per parent without a parent",
      withResource({ name: "a", endpoint: { incremental: { cursorPath: "x", cursorScope: "parent" } } }),
      [/^resources\[1\]\.endpoint\.incremental\.cursorScope is "parent", but the resource has no parent/],
    ],
    [
      "an end without a start",
      withResource({ name: "a", endpoint: { incremental: { cursorPath: "x", endValue: 5 } } }),
      [/^resources\[1\]\.endpoint\.incremental\.endValue needs an initialValue/],
    ],
    [
      "a problem of the defaults",
      withResource("a", { resourceDefaults: { endpoint: { params: { q: "{nobody.id}" } } } }),
      [/^resourceDefaults\.endpoint\.params\.q placeholder \{nobody\.id\}/, /^resourceDefaults\.endpoint\.params\.q/],
    ],
  ])("reports %s", (_, config, expected) => {
    const found = problems(config);
    expect(found).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(found[i]).toMatch(text);
  });

  it("never shows what may be a secret", () => {
    const secret = 987_654_321;
    const text = problems({
      client: { ...client, auth: { type: "bearer", token: secret }, headers: { Authorization: secret } },
      resourceDefaults: { endpoint: { auth: { type: "api_key", apiKey: [secret] } } },
      resources: [{ name: "a", endpoint: { auth: secret } }],
    }).join("\n");
    expect(text).toContain("headers.Authorization");
    expect(text).not.toContain(String(secret));
    const later = problems({ client: { ...client, auth: { type: "bearer", token: secret } }, resources: [] }).join(
      "\n",
    );
    expect(later).toContain("client.auth.token");
    expect(later).not.toContain(String(secret));
  });

  it("leaves the user's config alone, and refuses a cyclic one", () => {
    const config = {
      client: { base_url: "https://x.y" },
      resource_defaults: { endpoint: { params: { a: 1 } } },
      resources: ["a", { name: "b", endpoint: {} }],
    };
    const before = structuredClone(config);
    validateRestApiConfig(Object.freeze(config));
    expect(config).toEqual(before);
    const json: Record<string, unknown> = {};
    json["self"] = json;
    expect(problems(withResource({ name: "a", endpoint: { json } }))).toEqual([
      expect.stringMatching(/nested more than 200 levels deep/),
    ]);
  });
});

describe("restApiSourceFrom", () => {
  it("throws one error with all problems, in the user's spelling", () => {
    const config = { client: { base_url: 1 }, resources: [{ name: "a", write_disposition: "merg" }] };
    expect(() => restApiSourceFrom(config)).toThrow(ConfigError);
    expect(() => restApiSourceFrom(config)).toThrow(
      /has 2 problems:\n- client\.base_url must be a text; found 1\n- resources\[0\]\.write_disposition must be .*; did you mean "merge"\?/,
    );
  });
});
