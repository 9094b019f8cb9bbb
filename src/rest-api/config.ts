import type { JsonObject } from "../core/json.js";
import type { ResourceData } from "../extract/define.js";
import type { ColumnHints, ResourceHints, SchemaContractHint, WriteDispositionConfig } from "../extract/hints.js";
import type { CursorValue, IncrementalConfig } from "../extract/incremental/incremental-run.js";
import type { OnError, Resource } from "../extract/resource.js";
import type { WriteDisposition } from "../schema/model.js";
import type { Auth } from "../rest/auth/auth.js";
import type { AuthConfig, BareToken } from "../rest/auth/index.js";
import type { ResponseFormat } from "../rest/body-format.js";
import type { HttpOptions } from "../rest/http-options.js";
import type { RateLimit } from "../rest/pace/rate-limit.js";
import type { JsonLinkConfig, PaginatorConfig, PaginatorName } from "../rest/paginators/index.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import type { HttpMethod } from "../rest/request.js";
import type { ActionFunction, ResponseAction } from "../rest/response-actions.js";
import type { ArrayFormat } from "./lists.js";

/**
 * Any text. The second alternative is a value that there is not: it lets a config that is checked by `satisfies` keep its
 * texts as literal types, which {@link restApiSource} then checks as those of an inline config.
 */
type ConfigText = string | ("{" & KeepsLiterals);
/** Callable, as editors would suggest the methods of texts as keys otherwise. */
interface KeepsLiterals {
  (): never;
}

/** A list. The empty tuple lets a config that is checked by `satisfies` keep its entries apart. */
type ConfigList<T> = readonly T[] | readonly [];

/**
 * A REST API, declared: where it is, which resources it has, what they have in common. The words and defaults are those
 * of dlt's `rest_api` source; {@link SnakeRestApiConfig} is the same in snake_case.
 *
 * @example
 * ```ts
 * restApiSource({
 *   client: { baseUrl: "https://api.example.com/v1/", paginator: "json_link" },
 *   resourceDefaults: { primaryKey: "id", writeDisposition: "merge" },
 *   resources: ["users", { name: "posts", endpoint: { path: "users/{resources.users.id}/posts" } }],
 * });
 * ```
 */
export interface RestApiConfig {
  readonly client: ClientConfig;
  /** Merged into every resource described by config. A resource's own keys win; null switches a default off. */
  readonly resourceDefaults?: ResourceDefaults | null;
  /** A string is the name and the path at once; a {@link Resource} made by code may be a parent of the others. */
  readonly resources: ConfigList<ConfigText | ResourceConfig | Resource<never> | Resource<unknown>>;
}

/** How the API is reached. Shared by all resources. */
export interface ClientConfig extends Nullable<HttpOptions> {
  /** Paths are joined to it with exactly one slash. May be empty when every path is an absolute URL. */
  readonly baseUrl: string;
  /** Sent with every request. Placeholders are not filled in here. */
  readonly headers?: Readonly<Record<string, string | null>> | null;
  /** Credentials, by name, as options or as an object. Without `type` it is a bearer token. */
  readonly auth?: AuthOption | null;
  /** Default: recognised from the first response. */
  readonly paginator?: PaginatorOption | null;
  /** Origins besides the base URL's that may see the credentials, such as `https://files.example.com`. */
  readonly allowedOrigins?: readonly string[] | null;
}

/** Null is as good as absent: configs in JSON and YAML have it. */
type Nullable<T> = { readonly [K in keyof T]: {} extends Pick<T, K> ? T[K] | null : T[K] };

/**
 * The name of an auth, its options, or an object that implements {@link Auth}. Texts that it needs and that are missing
 * are looked up in the secrets when the source is made.
 */
export type AuthOption = NameAlone<AuthConfig> | Incomplete<AuthConfig> | BareToken | Auth;
/** What can be looked up. */
type TextKeys<C> = { [K in keyof C]-?: string extends C[K] ? K : never }[keyof C];
type Incomplete<C extends { readonly type: string }> = C extends unknown
  ? Omit<C, TextKeys<C>> & Partial<Pick<C, TextKeys<C>>>
  : never;
type NameAlone<C extends { readonly type: string }> = C extends unknown
  ? {} extends Omit<C, "type" | TextKeys<C>>
    ? C["type"]
    : never
  : never;

/** The name of a paginator that needs no options, its options, or an object that implements {@link Paginator}. */
export type PaginatorOption = PaginatorName | PaginatorConfig | Paginator | "json_response" | JsonResponseConfig;

/** dlt's old name of `json_link`. */
export type JsonResponseConfig = Omit<JsonLinkConfig, "type"> & { readonly type: "json_response" };

/** Everything about a resource but its name. */
export interface ResourceDefaults extends TableHints {
  /** A string is the path. */
  readonly endpoint?: ConfigText | EndpointConfig | null;
  /** Fields of the parent row (keys or JSONPaths) that every row gets, as `_<parent>_<field>` or under a name of your own. */
  readonly includeFromParent?: ConfigList<string | IncludeField> | null;
  /** Applied to each row, in order, after the parent's fields were added and before the incremental filter. */
  readonly processingSteps?: readonly ProcessingStep[] | null;
  /** Default: the resource's name. A function of the row routes rows to tables. */
  readonly tableName?: ResourceHints["tableName"] | null;
  /** Hints of nested tables by path, such as `items` or `items.tags`. */
  readonly nestedHints?: Readonly<Record<string, TableHints>> | null;
  /** False: read because children need it, but not loaded. Default true. */
  readonly selected?: boolean | null;
  /** Accepted for dlt's sake: resources and children are always fetched concurrently. */
  readonly parallelized?: boolean | null;
  /** Stop after so many pages; for a child: pages per parent row. */
  readonly limit?: number | null;
  /** What happens when a page cannot be had. Default `fail`: the run stops and can be resumed. `skip`: the rest goes on, the failure is reported. */
  readonly onError?: OnError | null;
}

/** A field of the parent's row under a name of your own. */
export interface IncludeField {
  /** Key of the parent's row, or JSONPath within it. */
  readonly field: string;
  /** The field of the child's row that it becomes; one that the child has already is replaced, which the load info reports. */
  readonly as: string;
}

/** One resource: an endpoint whose rows go into one table and its nested tables. */
export interface ResourceConfig extends ResourceDefaults {
  /** Unique within the source; the default of the path and of the table's name. */
  readonly name: ConfigText;
  /** The rows themselves, in place of an endpoint: mostly a list over which children go. Values that are no objects become `{ value }`. */
  readonly data?: ResourceData<unknown> | null;
}

/** What is said of a table. */
export interface TableHints {
  readonly writeDisposition?: WriteDisposition | WriteDispositionConfig | null;
  readonly primaryKey?: string | readonly string[] | null;
  readonly mergeKey?: string | readonly string[] | null;
  /** Columns by name, or a list of columns with names; hints in dlt's spelling (`data_type`). */
  readonly columns?: ColumnHints | null;
  readonly schemaContract?: SchemaContractHint | null;
  /** 0 keeps every nested value as JSON, 1 flattens one level, … */
  readonly maxTableNesting?: number | null;
  /** dlt's hints for readers of the schema; kept with the table, without effect on loading. */
  readonly references?: readonly JsonObject[] | null;
  readonly tableFormat?: string | null;
  readonly fileFormat?: string | null;
}

/**
 * One or several steps in one object; several run in the order filter, map, yieldMap. Rows are typed as the functions
 * say: what the API sends is only known to whoever writes them.
 */
export interface ProcessingStep {
  /** Keeps the rows for which it is truthy. */
  readonly filter?: RowFunction<unknown> | null;
  /** Replaces the row by what it returns. */
  readonly map?: RowFunction<unknown> | null;
  /** Replaces the row by any number of rows. */
  readonly yieldMap?: RowFunction<Iterable<unknown>> | null;
}

/** A function of one row. A method type, so that a function of a narrower row type fits, an interface included. */
export type RowFunction<Result> = { bivarianceHack(row: AnyRow): Result }["bivarianceHack"];

/** What JSON.parse says of a value. Interfaces have no index signature: they fit into one only if its values are of this type. */
type Parsed = ReturnType<typeof JSON.parse>;
interface AnyRow {
  readonly [field: string]: Parsed;
}

/**
 * How the rows of a resource are asked for. `path`, `params`, `headers`, `json` and `data` may contain placeholders:
 * `{resources.<parent>.<jsonpath>}` or `{<parent>.<jsonpath>}` for a field of the parent's row,
 * `{incremental.start_value}` for the cursor, and in the path `{name}` for an entry of `params`.
 */
export interface EndpointConfig {
  /** Relative to the base URL, or an absolute URL. Default: the resource's name. Placeholder values become one encoded segment each. */
  readonly path?: ConfigText | null;
  /** Default `GET`. */
  readonly method?: HttpMethod | null;
  /** Query parameters: null leaves one out, lists are written as `arrayFormat` says, objects as `filter[status]=open`. Merged with the defaults'. */
  readonly params?: Readonly<Record<string, ParamConfig>> | null;
  /** How lists stand in `params` and in forms: `repeat` (`a=1&a=2`, the default), `comma` (`a=1,2`), `brackets` (`a[]=1&a[]=2`). */
  readonly arrayFormat?: ArrayFormat | null;
  /**
   * So many rows of the parent share one request: a placeholder is then the list of their values, in texts and paths with
   * commas in between. Requests do not span the parent's pages. Default: a request per row.
   */
  readonly parentsPerRequest?: number | null;
  /** JSON body. Merged with the defaults', one level deep. Not together with `data`. */
  readonly json?: Readonly<Record<string, unknown>> | readonly unknown[] | null;
  /** Form (an object or a list of pairs) or raw body (text, bytes). */
  readonly data?:
    | Readonly<Record<string, unknown>>
    | readonly (readonly [string, unknown])[]
    | string
    | Uint8Array
    | null;
  /** Null removes a header of the client. */
  readonly headers?: Readonly<Record<string, string | null>> | null;
  /** Beats the client's; `auto` recognises it from the response. */
  readonly paginator?: PaginatorOption | null;
  /** JSONPath of the rows within the response. Default: recognised from the response. */
  readonly dataSelector?: string | null;
  /** What answers are written in: `json`, `jsonl` (a JSON value per line), `csv` (with a header). Default: as their content type says. */
  readonly responseFormat?: ResponseFormat | null;
  /** What to do with certain responses. */
  readonly responseActions?: readonly (Nullable<ResponseAction> | ActionFunction)[] | null;
  /** Loads only what is new since the last run. */
  readonly incremental?: IncrementalOption | null;
  /** Beats the client's; null: no credentials. */
  readonly auth?: AuthOption | null;
  /** Limits of this endpoint, besides the client's: requests of one method and path share them. */
  readonly rateLimit?: RateLimit | readonly RateLimit[] | null;
}

/** A query parameter. Objects with a `type` of `incremental` or `resolve` are dlt's older spellings of placeholders. */
export type ParamConfig =
  | ConfigText
  | number
  | boolean
  | null
  | bigint
  | Date
  | undefined
  | readonly (ParamItem | ParamObject)[]
  | ParamObject
  | IncrementalParam
  | ResolveParam
  | IncrementalConfig;
export type ParamItem = JsonScalar | bigint | Date;
/** Sent member by member: `{ filter: { status: "open" } }` is `filter[status]=open`. */
export interface ParamObject {
  readonly [key: string]: ParamItem | undefined | ParamObject | readonly (ParamItem | ParamObject)[];
}
type JsonScalar = string | number | boolean | null;

/** An incremental cursor as a config says it; null means the default. */
export type IncrementalKeys = {
  readonly [K in keyof IncrementalConfig]: K extends "cursorPath"
    ? string
    : IncrementalConfig[K] | InitialValue<K> | null;
} & {
  /** dlt: take the range from a scheduler; sluice has none. */
  readonly allowExternalSchedulers?: false | null;
  /** The old name of `convert`. */
  readonly transform?: ((value: CursorValue) => CursorValue) | null;
};
type InitialValue<K> = K extends "initialValue" | "endValue" ? Date : never;

export type IncrementalOption = IncrementalKeys & {
  /** Older spelling of `params: { <name>: "{incremental.start_value}" }`. */
  readonly startParam?: string | null;
  /** Older spelling of `params: { <name>: "{incremental.end_value}" }`. */
  readonly endParam?: string | null;
};

/** Older spelling: the parameter is the start of an incremental cursor. */
export type IncrementalParam = IncrementalKeys & { readonly type: "incremental" };

/** Older spelling: the parameter, used in the path as `{name}`, is a field of the parent's row. */
export interface ResolveParam {
  readonly type: "resolve";
  /** Name of the parent. */
  readonly resource: ConfigText;
  /** JSONPath within the parent's row. */
  readonly field: string;
}
