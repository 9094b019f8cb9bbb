/** What the compiler says about REST API configs. Checked by `tsc` alone: every `@ts-expect-error` must be an error, everything else must compile. */
import { resource } from "../../src/extract/define.js";
import { incremental } from "../../src/extract/incremental/index.js";
import type { Checked } from "../../src/rest-api/checks.js";
import {
  type ConfigMistake,
  type ResourceConfig,
  type RestApiConfig,
  type SnakeRestApiConfig,
  restApiResources,
  restApiSource,
} from "../../src/rest-api/index.js";
import { pipeline } from "../../src/pipeline/pipeline.js";
import { SinglePagePaginator } from "../../src/rest/paginators/index.js";
import type { Auth } from "../../src/rest/auth/auth.js";

declare const customAuth: Auth;
declare const names: string[];
const client = { baseUrl: "https://api.example.com/" } as const;

// --- valid configs, in both spellings ---

restApiSource({ client: { baseUrl: "" }, resources: [] });
restApiSource(
  {
    client: {
      baseUrl: "https://api.example.com/",
      auth: { token: "x" },
      headers: { Accept: null },
      paginator: { type: "offset", limit: 100, totalPath: null },
      allowedOrigins: ["https://files.example.com"],
      timeout: 5,
      rateLimit: { requests: 10, seconds: 1 },
    },
    resourceDefaults: { primaryKey: "id", writeDisposition: "merge", endpoint: { params: { per_page: 100 } } },
    resources: [
      "users",
      {
        name: "posts",
        endpoint: {
          path: "users/{resources.users.id}/posts",
          params: { since: "{incremental.start_value}", q: "{users.name}", tags: ["a", 1], none: null },
          incremental: {
            cursorPath: "at",
            initialValue: new Date(0),
            onCursorValueMissing: "include",
            window: "P1D",
            format: "epoch_ms",
            cursorScope: "parent",
          },
          headers: { "X-Name": "{users.name}" },
          json: { any: { thing: ["{users.id}"] }, query: "query { posts { id }}" },
          paginator: new SinglePagePaginator(),
          responseActions: [
            { statusCode: 404, action: "ignore" },
            (response) => (response.status === 204 ? "stop" : undefined),
          ],
          auth: customAuth,
        },
        includeFromParent: ["id"],
        processingSteps: [
          { filter: (row) => row["id"] !== null },
          { map: (row: { id: number }) => ({ id: row.id }) },
          { yieldMap: (row) => [row] },
        ],
        columns: { id: { data_type: "bigint" } },
        nestedHints: { "a.b": { primaryKey: "id" } },
        onError: "skip",
      },
      { name: "comments", endpoint: "posts/{posts.id}/comments" },
      {
        name: "old",
        endpoint: { path: "x/{id}/y", params: { id: { type: "resolve", resource: "users", field: "id" } } },
        includeFromParent: ["id"],
      },
      {
        name: "older",
        endpoint: {
          params: { since: { type: "incremental", cursorPath: "at" }, until: incremental({ cursorPath: "at" }) },
          paginator: "json_response",
        },
      },
    ],
  },
  { name: "api", maxTableNesting: 2, rootKey: true, schemaContract: "evolve" },
);
restApiSource({
  client,
  resources: [
    "users",
    {
      name: "a",
      // @ts-expect-error: no resource is named "usr"
      endpoint: { json: { filter: { ids: ["{resources.usr.id}"] } } },
    },
    {
      name: "b",
      // @ts-expect-error: no resource is named "usr"
      endpoint: { headers: { "X-Of": "of {resources.usr.id}" } },
    },
    {
      name: "c",
      endpoint: {
        headers: { "X-Of": "{resources.users.id}", "X-Literal": "{{resources.usr.id}}" },
        json: {
          query: "query { a(id: {resources.users.id}) { b { c } } }",
          text: '{"a": 1}',
          deep: [{ n: 1, x: null }],
        },
      },
    },
  ],
});
// @ts-expect-error: a misspelt type is no token alone
restApiSource({ client: { ...client, auth: { type: "barer", token: "x" } }, resources: [] });
restApiSource({
  client: {
    base_url: "https://api.example.com/",
    auth: { type: "api_key", name: "X-Key" },
    paginator: { type: "json_link", next_url_path: "next" },
    max_attempts: 3,
  },
  resource_defaults: {
    primary_key: "id",
    write_disposition: { disposition: "merge", strategy: "upsert" },
    endpoint: { data_selector: "data" },
  },
  resources: [
    "users",
    {
      name: "posts",
      include_from_parent: ["id"],
      processing_steps: [{ yield_map: (row) => [row] }],
      endpoint: {
        path: "users/{users.id}/posts",
        params: { since: "{incremental.start_value}" },
        incremental: {
          cursor_path: "at",
          initial_value: "2024-01-01",
          window: 7,
          cursor_scope: "parent",
          format: "iso",
        },
        response_actions: [{ status_code: "4xx", action: "ignore" }],
      },
    },
  ],
});
restApiSource({
  client,
  // @ts-expect-error formats have names
  resources: [{ name: "a", endpoint: { incremental: { cursorPath: "at", format: "unix" } } }],
});
restApiResources({ client, resources: ["a"] });

// Parameters of every kind.
const params = {
  filter: { status: "open", tags: ["a"], of: { n: 1, type: "x" } },
  lines: [{ sku: 1 }],
  at: new Date(),
};
restApiSource({ client, resources: [{ name: "a", endpoint: { params } }] });
restApiSource({ client, resources: [{ name: "a", endpoint: { params: { filter: { type: "bug", status: null } } } }] });
restApiSource({ client: { base_url: "x" }, resources: [{ name: "a", endpoint: { params: { f: { someKey: [1] } } } }] });
({ client, resources: [{ name: "a", endpoint: { params: { f: { a: { b: 1 } } } } }] }) satisfies RestApiConfig;
// @ts-expect-error a cursor without a path
restApiSource({ client, resources: [{ name: "a", endpoint: { params: { s: { type: "incremental" } } } }] });
restApiSource({
  client,
  // @ts-expect-error an unknown key of a cursor
  resources: [{ name: "a", endpoint: { params: { s: { type: "incremental", cursorPath: "a", cursorField: "b" } } } }],
});
const incomplete = { type: "resolve", resource: "b" } as const;
// @ts-expect-error a field that is missing
restApiSource({ client, resources: ["b", { name: "a", endpoint: { params: { s: incomplete } } }] });

// A placeholder of the defaults is a parent too, and escaped braces are no placeholder.
restApiSource({
  client,
  resourceDefaults: { endpoint: { params: { u: "{users.id}" } } },
  resources: ["users", { name: "b", includeFromParent: ["id"] }],
});
restApiSource({
  client,
  resources: [{ name: "b", endpoint: { path: "a/{{x.y}}", params: { q: "{{x.y}}", filter: "a {x.y}" } } }],
});

// Steps of rows that are described by an interface.
interface User {
  readonly id: number;
  readonly name?: string;
}
restApiSource({
  client,
  resources: [
    {
      name: "users",
      processingSteps: [
        { filter: (row: User) => row.id > 1 },
        { map: (row: User): User => ({ id: row.id }) },
        { yieldMap: (row: User) => [row] },
        { filter: (row) => row["id"] !== null },
      ],
    },
  ],
});
restApiSource({
  client: { base_url: "x" },
  resources: [{ name: "users", processing_steps: [{ yield_map: (row: User) => [row] }] }],
});
({ client, resources: [{ name: "a", processingSteps: [{ map: (row: User) => row }] }] }) satisfies RestApiConfig;
// @ts-expect-error a step of something that is no row
restApiSource({ client, resources: [{ name: "a", processingSteps: [{ map: (row: number) => row }] }] });

// Rows that are given, requests for several rows, fields under other names, answers of every kind.
restApiSource({
  client,
  resources: [
    { name: "ids", data: [1, { id: 2 }], selected: false },
    { name: "made", data: async function* () {} },
    {
      name: "items",
      includeFromParent: ["id", { field: "a.b", as: "c" }],
      endpoint: {
        path: "x/{ids.id}",
        arrayFormat: "comma",
        parentsPerRequest: 50,
        responseFormat: "jsonl",
        responseActions: [
          { statusCode: "500-504", body: "errors[*]", action: "ignore" },
          { body: { "a.b": ["x", 1] }, action: "retry" },
          { body: (body) => Array.isArray(body), action: "stop" },
        ],
      },
    },
  ],
});
restApiSource({
  client: { base_url: "x" },
  resources: [
    { name: "ids", data: [1] },
    {
      name: "items",
      include_from_parent: [{ field: "value", as: "id" }],
      endpoint: {
        path: "{ids.value}",
        array_format: "brackets",
        response_actions: [{ body: { some_key: 1 }, action: "stop" }],
      },
    },
  ],
});
restApiSource({
  client,
  resources: [
    { name: "ids", data: [1] },
    // @ts-expect-error no resource has the name
    { name: "c", endpoint: "x/{idz.value}" },
  ],
});
// @ts-expect-error an unknown format of lists
restApiSource({ client, resources: [{ name: "a", endpoint: { arrayFormat: "commas" } }] });

// Rate limits, in all their forms.
const limited = { requests: 60, per: "minute", concurrency: 4 } as const;
restApiSource({ client: { ...client, rateLimit: limited, maxRateLimitWait: 600 }, resources: ["a"] });
restApiSource({ client: { ...client, rateLimit: { requests: 5, per: 0.5 } }, resources: ["a"] });
restApiSource({ client: { ...client, rateLimit: { concurrency: 2 } }, resources: ["a"] });
restApiSource({ client: { ...client, rateLimit: [{ requests: 9, per: "second" }, limited] }, resources: ["a"] });
restApiSource({ client: { ...client, rateLimit: null }, resources: [{ name: "a", endpoint: { rateLimit: limited } }] });
restApiSource({
  client: { base_url: "x", rate_limit: { requests: 60, per: "minute" }, max_rate_limit_wait: 600 },
  resources: [{ name: "a", endpoint: { rate_limit: [{ requests: 1, seconds: 2 }] } }],
});

// --- configs that have lost their literals ---

const inVariable = {
  client: { baseUrl: "https://api.example.com/", auth: { type: "bearer", token: "x" }, paginator: "json_link" },
  resources: [
    {
      name: "users",
      writeDisposition: "merge",
      endpoint: { method: "GET", path: "users/{other.id}", incremental: { cursorPath: "at", rowOrder: "asc" } },
    },
    { name: "posts", primaryKey: ["id"], includeFromParent: ["id"] },
  ],
};
restApiSource(inVariable);
restApiSource({ client, resources: names.map((name) => ({ name, endpoint: `x/{${name}.id}` })) });
restApiSource({ client, resources: [...names, { name: "posts", endpoint: "users/{users.id}" }] });
const annotated: RestApiConfig = { client, resources: ["a"] };
restApiSource(annotated);
const satisfying = { client, resources: ["a", { name: "b", writeDisposition: "merge" }] } satisfies RestApiConfig;
restApiSource(satisfying);
const snake = {
  client: { base_url: "x" },
  resources: [{ name: "b", write_disposition: "merge" }],
} satisfies SnakeRestApiConfig;
restApiSource(snake);
const users = resource({ name: "users" }, [{ id: 1 }]);
restApiSource({
  client,
  resources: [users, { name: "posts", includeFromParent: ["id"], endpoint: "users/{users.id}/posts" }],
});

// --- what does not compile ---

const user = { type: "resolve", resource: "user", field: "id" } as const;
// @ts-expect-error no resource is named "user"
restApiSource({ client, resources: ["users", { name: "a", endpoint: "users/{resources.user.id}/a" }] });
// @ts-expect-error no resource is named "user", short form
restApiSource({ client, resources: ["users", { name: "a", endpoint: { path: "users/{user.id}/a" } }] });
// @ts-expect-error no resource is named "user", in a parameter
restApiSource({ client, resources: ["users", { name: "a", endpoint: { params: { q: "{user.id}" } } }] });
// @ts-expect-error no resource is named "user", within the text of a parameter
restApiSource({ client, resources: ["a", { name: "b", endpoint: { params: { q: "u-{resources.user.id}" } } }] });
// @ts-expect-error no resource is named "user", in a resolve parameter
restApiSource({ client, resources: ["users", { name: "a", endpoint: { path: "{id}", params: { id: user } } }] });
// @ts-expect-error depends on itself
restApiSource({ client, resources: ["users", { name: "posts", endpoint: "posts/{posts.id}" }] });
// @ts-expect-error includeFromParent without a parent
restApiSource({ client, resources: ["users", { name: "posts", includeFromParent: ["id"], endpoint: "posts" }] });
// @ts-expect-error include_from_parent without a parent
restApiSource({ client: { base_url: "x" }, resources: ["users", { name: "posts", include_from_parent: ["id"] }] });
// @ts-expect-error offset needs a limit
restApiSource({ client: { baseUrl: "x", paginator: { type: "offset" } }, resources: [] });
// @ts-expect-error offset needs a limit, so that its name alone is not enough
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: "offset" } }] });
// @ts-expect-error a paginator that does not exist
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: "json_lnk" } }] });
// @ts-expect-error an option of another paginator
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: { type: "json_link", cursorPath: "a" } } }] });
restApiSource({
  client: { base_url: "x", paginator: { type: "page_number", base_page: 1, prefetch: 4 } },
  resources: [],
});
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: { type: "auto", prefetch: false } } }] });
// @ts-expect-error a number of pages or false
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: { type: "auto", prefetch: true } } }] });
// @ts-expect-error a link can only be followed
restApiSource({ client, resources: [{ name: "a", endpoint: { paginator: { type: "json_link", prefetch: 2 } } }] });
// @ts-expect-error an unknown key of the config
restApiSource({ client, resources: [], resourceDefault: {} });
// @ts-expect-error an unknown key of the client
restApiSource({ client: { baseUrl: "x", hedders: {} }, resources: [] });
// @ts-expect-error an unknown key of a resource
restApiSource({ client, resources: [{ name: "a", primaryKeys: "id" }] });
// @ts-expect-error an unknown key of an endpoint
restApiSource({ client, resources: [{ name: "a", endpoint: { dataSelecter: "a" } }] });
// @ts-expect-error an unknown key of a snake_case endpoint
restApiSource({ client: { base_url: "x" }, resources: [{ name: "a", endpoint: { data_selecter: "a" } }] });
// @ts-expect-error an unknown key of the defaults
restApiSource({ client, resourceDefaults: { primaryKeys: "id" }, resources: [] });
// @ts-expect-error an unknown key of a cursor
restApiSource({ client, resources: [{ name: "a", endpoint: { incremental: { cursorPath: "a", cursorField: "b" } } }] });
// @ts-expect-error a cursor without a path
restApiSource({ client, resources: [{ name: "a", endpoint: { incremental: { initialValue: 1 } } }] });
// @ts-expect-error a wrong value
restApiSource({ client, resources: [{ name: "a", writeDisposition: "upsert" }] });
// @ts-expect-error a wrong method
restApiSource({ client, resources: [{ name: "a", endpoint: { method: "get" } }] });
// @ts-expect-error a limit without a time
restApiSource({ client: { ...client, rateLimit: { requests: 60 } }, resources: [] });
// @ts-expect-error a limit without a number
restApiSource({ client: { ...client, rateLimit: { per: "minute" } }, resources: [] });
// @ts-expect-error a limit with two times
restApiSource({ client: { ...client, rateLimit: { requests: 60, per: "minute", seconds: 60 } }, resources: [] });
// @ts-expect-error a limit of nothing
restApiSource({ client: { ...client, rateLimit: {} }, resources: [] });
// @ts-expect-error a limit with a key that does not exist
restApiSource({ client: { ...client, rateLimit: { requests: 60, per: "minute", concurency: 4 } }, resources: ["a"] });
restApiSource({
  // @ts-expect-error a limit with a key that does not exist
  client: { base_url: "x", rate_limit: { requests: 60, per: "minute", burst: 3 } },
  resources: ["a"],
});
// @ts-expect-error a limit as a text
restApiSource({ client: { ...client, rateLimit: "60/minute" }, resources: [] });
// @ts-expect-error a wrong limit in a list, of an endpoint
restApiSource({ client, resources: [{ name: "a", endpoint: { rateLimit: [limited, { requests: 1 }] } }] });
// @ts-expect-error a unit that does not exist
({ client: { ...client, rateLimit: { requests: 60, per: "fortnight" } }, resources: [] }) satisfies RestApiConfig;
// @ts-expect-error no base URL
restApiSource({ client: {}, resources: [] });
// @ts-expect-error no name
restApiSource({ client, resources: [{ endpoint: "a" }] });

({ client, resources: [{ name: "a", endpoint: { paginator: "single_page" } }] }) satisfies RestApiConfig;
// @ts-expect-error an unknown key
({ client, resources: [{ name: "a", endpoint: { dataSelecter: "a" } }] }) satisfies RestApiConfig;
// @ts-expect-error offset needs a limit
({ client, resources: [{ name: "a", endpoint: { paginator: { type: "offset" } } }] }) satisfies RestApiConfig;
// @ts-expect-error camelCase in a snake_case config
({ client: { baseUrl: "x" }, resources: [] }) satisfies SnakeRestApiConfig;
// @ts-expect-error an unknown key in snake_case
({ client: { base_url: "x" }, resources: [{ name: "a", write_dispositio: "merge" }] }) satisfies SnakeRestApiConfig;

// --- what `satisfies` keeps for the call ---

const checked = {
  client,
  resources: [
    "users",
    {
      name: "posts",
      endpoint: {
        path: "users/{resources.users.id}/posts/{id}",
        params: { q: "{users.name}", n: 1, id: { type: "resolve", resource: "users", field: "id" } },
      },
      includeFromParent: ["id", { field: "name", as: "author" }],
    },
    { name: "late", endpoint: `posts/{posts.id}/${String(1)}` },
    users,
  ],
} satisfies RestApiConfig;
restApiSource(checked);
const alone = { client, resources: ["users", { name: "a", endpoint: "users/{users.id}" }] } satisfies RestApiConfig;
restApiSource(alone);
const resourceList: ResourceConfig[] = [{ name: String(1), endpoint: String(2), includeFromParent: names }];
const fromList: RestApiConfig = { client, resources: resourceList };
restApiSource(fromList);
const nameList: readonly string[] = fromList.resources.map((entry) => (typeof entry === "string" ? entry : entry.name));
restApiSource({ client, resources: nameList });

const noParent = { client, resources: ["users", { name: "a", endpoint: "users/{user.id}/a" }] } satisfies RestApiConfig;
// @ts-expect-error no resource is named "user"
restApiSource(noParent);
const noneInPath = {
  client,
  resources: ["users", { name: "a", endpoint: { path: "{user.id}" } }],
} satisfies RestApiConfig;
// @ts-expect-error no resource is named "user"
restApiSource(noneInPath);
const noneInParam = {
  client,
  resources: ["a", { name: "b", endpoint: { params: { q: "{user.id}" } } }],
} satisfies RestApiConfig;
// @ts-expect-error no resource is named "user"
restApiSource(noneInParam);
const resolved = {
  client,
  resources: [
    "users",
    { name: "a", endpoint: { path: "{id}", params: { id: { type: "resolve", resource: "user", field: "id" } } } },
  ],
} satisfies RestApiConfig;
// @ts-expect-error no resource is named "user"
restApiSource(resolved);
const ownParent = { client, resources: [{ name: "a", endpoint: "a/{a.id}" }] } satisfies RestApiConfig;
// @ts-expect-error the resource depends on itself
restApiSource(ownParent);
const orphan = {
  client,
  resources: ["users", { name: "a", endpoint: "a", includeFromParent: ["id"] }],
} satisfies RestApiConfig;
// @ts-expect-error the resource has no parent
restApiSource(orphan);
const snakeOrphan = {
  client: { base_url: "x" },
  resources: ["users", { name: "a", endpoint: "a", include_from_parent: ["id"] }],
} satisfies SnakeRestApiConfig;
// @ts-expect-error the resource has no parent
restApiSource(snakeOrphan);
const snakeNoParent = {
  client: { base_url: "x" },
  resources: ["users", { name: "a", endpoint: { path: "users/{user.id}" } }],
} satisfies SnakeRestApiConfig;
// @ts-expect-error no resource is named "user"
restApiSource(snakeNoParent);
// What is wrong stands in the type of the argument, with the resource.
type Mistake<C> = C & Checked<C> extends ConfigMistake<infer Message> ? Message : "none";
'resource "a": no resource is named "user"' satisfies Mistake<typeof noParent>;
'resource "a": the resource depends on itself' satisfies Mistake<typeof ownParent>;
"none" satisfies Mistake<typeof checked>;

// --- hints in both spellings ---

resource({ name: "t", columns: { a: { dataType: "decimal", hardDelete: true }, b: { data_type: "text" } } }, [
  { a: 1 },
]);
resource({ name: "t", columns: { ver: { row_version: true } }, write_disposition: { disposition: "merge", strategy: "scd2", validity_column_names: ["from", "to"] } }, [{ a: 1 }]); // prettier-ignore
resource({ name: "t", schema_contract: { data_type: "freeze" }, write_disposition: "append" }, [{ a: 1 }]);
void pipeline({ pipelineName: "p", destination: "duckdb" }).run([], { table_name: "t", schema_contract: { data_type: "freeze" } }); // prettier-ignore
// @ts-expect-error
resource({ name: "t", columns: { a: { dataTyp: "text" } } }, [{ a: 1 }]);
// @ts-expect-error
resource({ name: "t", write_disposition: { disposition: "merge", validity_columns: ["from", "to"] } }, [{ a: 1 }]);
