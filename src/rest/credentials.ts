import { redact } from "../core/redaction.js";
import type { Warning } from "../core/warnings.js";
import { registerAdded } from "./added-secrets.js";
import type { Auth, TokenFetch } from "./auth/auth.js";
import { encodeBody } from "./body.js";
import { ConnectionError } from "./errors.js";
import { isCredentialHeader } from "./headers.js";
import { NetworkBoundary } from "./network-boundary.js";
import type { RequestSpec } from "./request.js";
import { originOf, withoutParams } from "./url.js";

/** A request with or without credentials, and what to tell the user about it. */
export interface Authorized {
  readonly request: RequestSpec;
  /** The auth whose credentials are on the request. */
  readonly auth?: Auth;
  /** Set when credentials were kept back because the origin is not allowed. */
  readonly withheld?: Warning;
}

/** Decides which requests carry credentials and bodies: those to the origin of the base URL and to `allowedOrigins`. */
export class CredentialGate {
  readonly #auth: Auth | undefined;
  readonly #given: readonly string[];
  readonly #origins: ReadonlySet<string>;
  readonly #boundary: NetworkBoundary;

  /** `proxy`: of the client, as it was resolved. Throws ConfigError when an origin is not an absolute URL. */
  constructor(auth: Auth | undefined, baseUrl: string, allowedOrigins: readonly string[], proxy?: string) {
    this.#auth = auth;
    this.#given = (baseUrl === "" ? allowedOrigins : [baseUrl, ...allowedOrigins]).map(originOf);
    this.#boundary = new NetworkBoundary(baseUrl === "" ? undefined : baseUrl, proxy);
    // An API that moves its callers from http to https is still the same API.
    this.#origins = new Set(
      this.#given.flatMap((origin) =>
        /^http:\/\/[^:]+$/.test(origin) ? [origin, origin.replace("http:", "https:")] : [origin],
      ),
    );
  }

  /** The auth that a request asks for, wherever it goes. */
  authOf(request: RequestSpec): Auth | undefined {
    return request.auth === undefined ? this.#auth : (request.auth ?? undefined);
  }

  /**
   * Puts credentials on the request, or takes off what looks like some.
   *
   * @throws ConnectionError when the request has a body and goes to an origin that is not allowed, whoever chose it: the
   *   config, a next link, a redirect, a parent row. What a body holds cannot be taken off like a header, nor can a
   *   credential in a path. Also when it leads from the public internet into a private network.
   */
  async authorize(request: RequestSpec, fetchToken: TokenFetch): Promise<Authorized> {
    const auth = this.authOf(request);
    if (!this.#origins.has(originOf(request.url))) {
      await this.#boundary.check(request.url);
      if (encodeBody(request) !== undefined) throw this.#bodyRefused(request);
      const { pathname } = new URL(request.url);
      if (redact(pathname) !== pathname) throw this.#pathRefused(request.url);
      return withhold(request, auth);
    }
    if (auth === undefined) return { request };
    const authorized = await auth.apply(request, fetchToken);
    registerAdded(request, authorized);
    return { request: authorized, auth };
  }

  #pathRefused(url: string): ConnectionError {
    const origin = originOf(url);
    return new ConnectionError(`A request to ${origin}, which is not an allowed origin, has a credential in its path`, {
      url,
      reasonCode: "ORIGIN_NOT_ALLOWED",
      hint: `A redirect, a next link or the configuration leads there. If it may have the credential, add "${origin}" to allowedOrigins.`,
    });
  }

  #bodyRefused({ method, url }: RequestSpec): ConnectionError {
    const origin = originOf(url);
    const allowed = this.#given.length === 0 ? "none" : this.#given.join(", ");
    return new ConnectionError(
      `A ${method} with a body would go to ${origin}, which is not an allowed origin (allowed: ${allowed})`,
      {
        url,
        reasonCode: "ORIGIN_NOT_ALLOWED",
        hint: `If it may have the body, add "${origin}" to allowedOrigins.`,
      },
    );
  }
}

/** Headers and query values that are credentials by their name or contain a registered secret do not go to a foreign origin. */
function withhold(request: RequestSpec, auth: Auth | undefined): Authorized {
  const headers = Object.entries(request.headers);
  const safeHeaders = headers.filter(([name, value]) => !isCredentialHeader(name, value));
  const params = Object.entries(request.params);
  const safeParams = params.filter(([, value]) => typeof value !== "string" || redact(value) === value);
  const url = withoutParams(request.url, secretParamsIn(request.url));
  const safe = { ...request, url, headers: Object.fromEntries(safeHeaders), params: Object.fromEntries(safeParams) };
  if (
    auth === undefined &&
    safeHeaders.length === headers.length &&
    safeParams.length === params.length &&
    url === request.url
  ) {
    return { request: safe };
  }
  const origin = originOf(url);
  const message = `Requests to ${origin} were sent without the client's credentials, which belong to another origin. If it may have them, add "${origin}" to allowedOrigins.`;
  return { request: safe, withheld: { code: "credentials-withheld", message: redact(message) } };
}

function secretParamsIn(url: string): string[] {
  return [...new URL(url).searchParams].filter(([, value]) => redact(value) !== value).map(([name]) => name);
}
