import { isPlainObject, isTextRecord, type JsonObject } from "../../core/json.js";
import { redactUrl, registerSecret, registerSecretFields } from "../../core/redaction.js";
import { describeKeys } from "../body-keys.js";
import type { ConfigReader } from "../config-reader.js";
import { AuthError, bodyExcerpt } from "../errors.js";
import { withHeader } from "../headers.js";
import { type CompiledPath, compilePath } from "../json-path.js";
import type { HttpMethod, ParamValue, RequestSpec } from "../request.js";
import type { TokenFetch } from "./auth.js";
import type { AuthKind } from "./kind.js";
import {
  type CredentialLocation,
  LOCATIONS,
  type Placement,
  secretParamsOf,
  withCookies,
  withCredential,
} from "./placement.js";
import { cookiesOf } from "./set-cookie.js";
import { type FreshToken, TokenAuth } from "./token-auth.js";

/** A request that logs in, and whose answer yields what further requests carry. */
export interface SessionLoginConfig {
  readonly type: "session_login";
  /** Absolute. The request goes there as it is: credentials in the fields below go to no other origin. */
  readonly loginUrl: string;
  /** Default `POST`. */
  readonly method?: HttpMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** JSON body. Not together with `data`. */
  readonly json?: JsonObject;
  /** Form. */
  readonly data?: Readonly<Record<string, ParamValue>>;
  /** JSONPath of the token in the answer. Default `token`, unless one of the next two is given. */
  readonly tokenPath?: string;
  /** Header of the answer that holds the token. */
  readonly tokenHeader?: string;
  /** Cookie that the answer sets; `*` for all of them. */
  readonly tokenCookie?: string;
  /** Where further requests carry the token. Default: `cookie` for a cookie, otherwise `header`. */
  readonly location?: CredentialLocation;
  /** Name of that header, parameter or cookie. Default `Authorization`; for a cookie its own name. */
  readonly name?: string;
  /** Word before the token. Default `Bearer` in `Authorization`, otherwise none. */
  readonly prefix?: string;
  /** Seconds until the next login. Default: when the API answers 401. */
  readonly sessionLifetime?: number;
}

/** The login request and where to find the token in its answer, read from a config. */
interface Login {
  readonly request: RequestSpec;
  readonly source: TokenSource;
  readonly sessionLifetime: number | undefined;
}

type TokenSource =
  | { readonly kind: "body"; readonly path: CompiledPath }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "cookie"; readonly name: string };

/** For `tokenCookie`: the token is then all cookies together, as a `Cookie` header has them. */
const ALL_COOKIES = "*";

/** Logs in with the first request and again after a 401. */
export class SessionLogin extends TokenAuth {
  readonly type: string = "session_login";
  readonly secretParams: readonly string[];
  readonly #login: Login;
  readonly #placement: Placement;
  readonly #prefix: string;

  constructor(login: Login, placement: Placement, prefix: string) {
    super();
    const { headers, params, json, data } = login.request;
    registerSecretFields({ headers, params, json, data });
    this.#login = login;
    this.#placement = placement;
    this.#prefix = prefix;
    this.secretParams = secretParamsOf(placement);
  }

  protected async obtain(send: TokenFetch): Promise<FreshToken> {
    const { request, source, sessionLifetime } = this.#login;
    const url = redactUrl(request.url);
    // The answer that sets the session's cookie is often a redirect to a page for people.
    const answer = await send(request, { followRedirects: false });
    if (answer.status >= 400)
      throw new AuthError(`The login at ${url} answered HTTP ${answer.status}: ${bodyExcerpt(answer.text)}`, {
        hint: "Check loginUrl and the credentials in its json, data, params or headers.",
      });
    const token = tokenIn(answer, source);
    if (token === undefined)
      throw new AuthError(`The answer of the login at ${url} ${lacks(answer, source)}`, LOGIN_HINT);
    return { token, expiresIn: sessionLifetime };
  }

  protected override place(request: RequestSpec, token: string): RequestSpec {
    const { source } = this.#login;
    if (source.kind === "cookie" && source.name === ALL_COOKIES) return withCookies(request, pairsOf(token));
    // A cookie goes back as it came.
    if (source.kind === "cookie" && this.#placement.location === "cookie")
      return withCookies(request, [[this.#placement.name, token]]);
    return withCredential(request, this.#placement, this.#prefix === "" ? token : `${this.#prefix} ${token}`);
  }
}

const LOGIN_HINT = { hint: "Name where the token is: tokenPath (in the body), tokenHeader or tokenCookie." };

const MIN_SESSION_ID = 8;

type Answer = Awaited<ReturnType<TokenFetch>>;

function tokenIn(answer: Answer, source: TokenSource): string | undefined {
  if (source.kind === "header") return given(answer.headers[source.name.toLowerCase()]);
  if (source.kind === "cookie") {
    const cookies = cookiesOf(answer.headers["set-cookie"]);
    if (source.name !== ALL_COOKIES) return given(cookies.get(source.name));
    // Among them may be words such as a language.
    for (const value of cookies.values()) if (value.length >= MIN_SESSION_ID) registerSecret(value);
    return given([...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
  }
  const found = source.path.first(bodyOf(answer));
  return typeof found === "number" ? String(found) : given(found);
}

function given(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What is there instead of the token, without showing any value. */
function lacks(answer: Answer, source: TokenSource): string {
  const redirect = answer.status >= 300 ? ` (it redirects, HTTP ${answer.status})` : "";
  if (source.kind === "header") return `has no header "${source.name}"${redirect}`;
  if (source.kind === "cookie") {
    const names = [...cookiesOf(answer.headers["set-cookie"]).keys()];
    return `sets ${source.name === ALL_COOKIES ? "no cookie" : `no cookie "${source.name}"`}${redirect}${names.length === 0 ? "" : `; it sets: ${names.join(", ")}`}`;
  }
  const body = bodyOf(answer);
  const has =
    typeof body === "object" && body !== null
      ? `has: ${describeKeys(body)}`
      : `is ${body === undefined ? "not JSON" : `a ${typeof body}`}`;
  return `has no token at "${source.path.path}"${redirect}; it ${has}`;
}

/** The parsed body; undefined when it is not JSON, whose error would quote what may be the token. */
function bodyOf(answer: Answer): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}

function pairsOf(cookies: string): [string, string][] {
  return cookies.split("; ").map((pair) => {
    const mark = pair.indexOf("=");
    return [pair.slice(0, mark), pair.slice(mark + 1)];
  });
}

const METHODS = ["POST", "GET", "PUT", "PATCH"] as const;

/** `{ type: "session_login", loginUrl, json, tokenPath, … }`. */
export const sessionLogin: AuthKind = {
  needs: { loginUrl: "setting" },
  read(config) {
    const request = readRequest(config);
    const source = readSource(config);
    const isCookie = source.kind === "cookie";
    const location = config.oneOf("location", LOCATIONS) ?? (isCookie ? "cookie" : "header");
    const name = config.name("name", isCookie && location === "cookie" ? source.name : "Authorization");
    const isBearer = location === "header" && name.toLowerCase() === "authorization";
    const prefix = config.string("prefix", isBearer ? "Bearer" : "");
    const sessionLifetime = config.positive("sessionLifetime");
    if (isCookie && source.name === ALL_COOKIES && location !== "cookie")
      throw config.error('All cookies (tokenCookie "*") can only be sent as cookies', undefined, "location");
    config.done();
    return () => new SessionLogin({ request, source, sessionLifetime }, { location, name }, prefix);
  },
};

const TEXTS = { type: "object", additionalProperties: { type: "string" } };

function readRequest(config: ConfigReader): RequestSpec {
  const [json, data] = [config.value("json", "an object", isJson, { type: "object" }), config.fields("data")];
  if (json !== undefined && data !== undefined)
    throw config.error(
      "The login has both `json` and `data`",
      "Keep one: `json` for a JSON body, `data` for a form.",
      "data",
    );
  const headers = config.value("headers", "an object of texts", isTextRecord, TEXTS) ?? {};
  return {
    method: config.oneOf("method", METHODS) ?? "POST",
    url: config.requiredUrl("loginUrl"),
    params: config.fields("params") ?? {},
    headers: headers["accept"] === undefined ? withHeader(headers, "accept", "application/json") : headers,
    ...(json !== undefined && { json }),
    ...(data !== undefined && { data }),
    auth: null,
  };
}

function readSource(config: ConfigReader): TokenSource {
  const [path, header, cookie] = [config.name("tokenPath"), config.name("tokenHeader"), config.name("tokenCookie")];
  if ([path, header, cookie].filter((option) => option !== undefined).length > 1)
    throw config.error("The token of a session is in one place", "Keep one of tokenPath, tokenHeader and tokenCookie.");
  if (header !== undefined) return { kind: "header", name: header };
  if (cookie !== undefined) return { kind: "cookie", name: cookie };
  return { kind: "body", path: compilePath(path ?? "token") };
}

function isJson(value: unknown): value is JsonObject {
  return isPlainObject(value);
}
