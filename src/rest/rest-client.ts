import { ConfigError } from "../core/errors.js";
import type { ExactJson, JsonValue } from "../core/json.js";
import { registerSecretFields } from "../core/redaction.js";
import type { Auth } from "./auth/auth.js";
import { HttpBasicAuth } from "./auth/http-basic.js";
import { AuthPool } from "./auth/auth-pool.js";
import type { AuthInput } from "./auth/registry.js";
import type { ResponseFormat } from "./body-format.js";
import { camelCaseKeys, type SnakeCased } from "./canonical.js";
import { CredentialGate } from "./credentials.js";
import { Exchange, type Exchanged, type ExchangeOptions } from "./exchange.js";
import { isCredentialHeaderName } from "./headers.js";
import { resolveHttpOptions, type HttpOptions } from "./http-options.js";
import { compilePath, type CompiledPath } from "./json-path.js";
import { fetchPage, type PageClient } from "./page-fetch.js";
import { Page } from "./page.js";
import type { Paginator } from "./paginators/paginator.js";
import { createPaginator, type PaginatorInput } from "./paginators/registry.js";
import type { HttpMethod, HttpResponse, RequestSpec } from "./request.js";
import { compileResponseActions, type ActionFunction, type ResponseAction } from "./response-actions.js";
import type { OnWait } from "./retry.js";
import { joinUrl } from "./url.js";

/** What is the same for all requests of a client. */
export interface RestClientOptions extends HttpOptions {
  /** Paths are joined to it; credentials go to its origin. */
  readonly baseUrl: string;
  readonly headers?: RequestSpec["headers"];
  readonly auth?: AuthInput | null;
  /** Default `auto`: recognised from the first response. */
  readonly paginator?: PaginatorInput | null;
  /** JSONPath of the rows. Default: looked for in the first response. */
  readonly dataSelector?: string | null;
  /** Further origins (`https://files.example.com`) that may have the credentials and bodies of requests. */
  readonly allowedOrigins?: readonly string[];
}

/** One request. */
export interface RequestOptions {
  /** Default GET. */
  readonly method?: HttpMethod | Lowercase<HttpMethod>;
  readonly params?: RequestSpec["params"];
  /** Null removes a header of the client. */
  readonly headers?: RequestSpec["headers"];
  readonly json?: ExactJson;
  readonly data?: RequestSpec["data"];
  /** Instead of the client's; null: none. */
  readonly auth?: AuthInput | null;
  readonly signal?: AbortSignal;
  readonly onWait?: OnWait;
  /** False: a status of 400 or more is returned instead of thrown. Default true. */
  readonly throwHttpErrors?: boolean;
}

/** One sequence of pages. */
export interface PaginateOptions extends Omit<RequestOptions, "throwHttpErrors"> {
  /** Instead of the client's. */
  readonly paginator?: PaginatorInput | null;
  readonly dataSelector?: string | null;
  readonly responseActions?: readonly (ResponseAction | ActionFunction)[];
  /** What bodies are written in, whatever their content type says. */
  readonly responseFormat?: ResponseFormat;
  /** Stop after so many pages. */
  readonly maxPages?: number;
}

const CLIENT_OPTIONS: ReadonlySet<string> = new Set<keyof RestClientOptions>([
  "baseUrl",
  "headers",
  "auth",
  "paginator",
  "dataSelector",
  "allowedOrigins",
  "timeout",
  "connectTimeout",
  "maxAttempts",
  "retryStatuses",
  "retryMethods",
  "backoffFactor",
  "maxRetrySeconds",
  "maxRetryDelay",
  "maxRateLimitWait",
  "maxResponseBytes",
  "maxResponseSeconds",
  "userAgent",
  "proxy",
  "caFile",
  "rateLimit",
]);
const SHARED_OPTIONS = ["method", "params", "headers", "json", "data", "auth", "signal", "onWait"] as const;
const REQUEST_OPTIONS: ReadonlySet<string> = new Set<keyof RequestOptions>([...SHARED_OPTIONS, "throwHttpErrors"]);
const PAGINATE_OPTIONS: ReadonlySet<string> = new Set<keyof PaginateOptions>([
  ...SHARED_OPTIONS,
  "paginator",
  "dataSelector",
  "responseActions",
  "responseFormat",
  "maxPages",
]);

/**
 * A client of one API: credentials, retries, rate limits, pages. All options are accepted in snake_case too.
 *
 * ```ts
 * const client = new RestClient({ baseUrl: "https://api.example.com/v1/", auth: { type: "bearer", token } });
 * for await (const page of client.paginate<User>("users", { params: { per_page: 100 } })) save(page);
 * ```
 */
export class RestClient implements PageClient {
  readonly baseUrl: string;
  readonly #headers: RequestSpec["headers"];
  readonly #paginator: Paginator;
  readonly #selector: CompiledPath | undefined;
  readonly #auths = new AuthPool();
  readonly #gate: CredentialGate;
  readonly #exchange: Exchange;

  /** @throws ConfigError for a wrong option. */
  constructor(options: RestClientOptions | SnakeCased<RestClientOptions>) {
    // The keys are checked by readOptions and baseUrl right here.
    const { baseUrl, headers, auth, paginator, dataSelector, allowedOrigins, ...http } = readOptions(
      options,
      CLIENT_OPTIONS,
      "RestClient",
    ) as unknown as RestClientOptions;
    if (typeof baseUrl !== "string") throw new ConfigError("RestClient needs a baseUrl", { path: "baseUrl" });
    const base = splitUserInfo(baseUrl);
    this.baseUrl = base.url;
    this.#headers = headers ?? {};
    registerSecretFields(headers, isCredentialHeaderName);
    this.#paginator = createPaginator(paginator ?? "auto");
    this.#selector = compileSelector(dataSelector);
    const given = auth === undefined || auth === null ? undefined : this.#auths.get(auth);
    const resolved = resolveHttpOptions(http);
    this.#gate = new CredentialGate(given ?? base.auth, base.url, allowedOrigins ?? [], resolved.proxy);
    this.#exchange = new Exchange(resolved, this.#gate);
  }

  /** Sends one request; `path` is joined to the base URL or absolute. */
  async request(path = "", options: RequestOptions | SnakeCased<RequestOptions> = {}): Promise<HttpResponse> {
    const { signal, onWait, throwHttpErrors, ...rest } = readOptions(
      options,
      REQUEST_OPTIONS,
      "request",
    ) as RequestOptions;
    const { response } = await this.send(this.requestFor(path, rest), {
      signal,
      onWait,
      ...(throwHttpErrors !== undefined && { throwHttpErrors }),
    });
    return response;
  }

  /** `request` with GET. */
  get(path = "", options: Omit<RequestOptions, "method"> = {}): Promise<HttpResponse> {
    return this.request(path, { ...options, method: "GET" });
  }

  /** `request` with POST. */
  post(path = "", options: Omit<RequestOptions, "method"> = {}): Promise<HttpResponse> {
    return this.request(path, { ...options, method: "POST" });
  }

  /**
   * The pages of a path, one after the other. Each is an array of rows that also has `response`, `request`, `warnings` and `stop`.
   *
   * @throws HttpStatusError and the other errors of a request, PaginationError when the pages go round in circles.
   */
  async *paginate<T = unknown>(
    path = "",
    options: PaginateOptions | SnakeCased<PaginateOptions> = {},
  ): AsyncGenerator<Page<T>, void, undefined> {
    const { signal, onWait, paginator, dataSelector, responseActions, responseFormat, maxPages, ...rest } = readOptions(
      options,
      PAGINATE_OPTIONS,
      "paginate",
    ) as PaginateOptions;
    const sequence = {
      client: this,
      request: this.requestFor(path, rest),
      paginator: paginator === undefined || paginator === null ? this.#paginator : createPaginator(paginator),
      selector: dataSelector === undefined ? this.#selector : compileSelector(dataSelector),
      responseActions: responseActions === undefined ? undefined : compileResponseActions(responseActions),
      format: responseFormat,
      maxPages,
      signal,
      onWait,
    };
    let state: JsonValue = null;
    for (let page = 1; page === 1 || state !== null; page += 1) {
      const fetched = await fetchPage({ ...sequence, state, page });
      state = fetched.next;
      if (fetched.stop !== "ignored") yield new Page<T>(fetched);
    }
  }

  /** The request for a path, with the client's headers, before paginator and credentials. */
  requestFor(
    path: string,
    options: Pick<RequestOptions, "method" | "params" | "headers" | "json" | "data" | "auth"> = {},
  ): RequestSpec {
    const { method = "GET", params = {}, headers, json, data, auth } = options;
    return {
      // The type lists every method in upper and lower case.
      method: method.toUpperCase() as HttpMethod,
      url: joinUrl(this.baseUrl, path),
      params,
      headers: { ...this.#headers, ...headers },
      ...(json !== undefined && { json }),
      ...(data !== undefined && { data }),
      ...(auth !== undefined && { auth: auth === null ? null : this.#auths.get(auth) }),
    };
  }

  /** Sends a prepared request until it is answered; see {@link Exchange.send}. */
  send(request: RequestSpec, options: ExchangeOptions = {}): Promise<Exchanged> {
    return this.#exchange.send(request, options);
  }

  /** Query parameters in which the request's auth puts secrets. */
  secretParams(request: RequestSpec): readonly string[] {
    return this.#gate.authOf(request)?.secretParams ?? [];
  }
}

function compileSelector(selector: string | null | undefined): CompiledPath | undefined {
  return selector === undefined || selector === null || selector === "" ? undefined : compilePath(selector);
}

/** Options in camelCase. Unknown ones are refused, so that what comes out has only the type's keys; values are checked where they are used. */
function readOptions(options: object, known: ReadonlySet<string>, what: string): Record<string, unknown> {
  const result = camelCaseKeys({ ...options }, what);
  const unknown = Object.keys(result).filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new ConfigError(`${what} has no option ${unknown.map((key) => `"${key}"`).join(", ")}`, {
      hint: `Its options: ${[...known].join(", ")}.`,
    });
  return result;
}

/** `https://user:password@host/` as the URL without them and Basic credentials, as dlt sends them. */
function splitUserInfo(baseUrl: string): { readonly url: string; readonly auth?: Auth } {
  const match = /^(https?:\/\/)([^/?#@]*)@(.*)$/is.exec(baseUrl);
  const [, scheme, userInfo, rest] = match ?? [];
  if (scheme === undefined || userInfo === undefined || rest === undefined) return { url: baseUrl };
  const [username = "", password = ""] = userInfo.split(/:(.*)/s);
  return { url: scheme + rest, auth: new HttpBasicAuth(decoded(username), decoded(password)) };
}

/** A percent sign that encodes nothing stands for itself: passwords are pasted as they are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
