import { redact } from "../core/redaction.js";
import type { Warning } from "../core/warnings.js";
import type { Auth, TokenFetch } from "./auth/auth.js";
import { isCredentialHeader } from "./headers.js";
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

/** Decides which requests carry credentials: those to the origin of the base URL and to `allowedOrigins`. */
export class CredentialGate {
  readonly #auth: Auth | undefined;
  readonly #origins: ReadonlySet<string>;

  /** @throws ConfigError when an origin is not an absolute URL. */
  constructor(auth: Auth | undefined, baseUrl: string, allowedOrigins: readonly string[]) {
    this.#auth = auth;
    const origins = (baseUrl === "" ? allowedOrigins : [baseUrl, ...allowedOrigins]).map(originOf);
    // An API that moves its callers from http to https is still the same API.
    this.#origins = new Set(
      origins.flatMap((origin) =>
        /^http:\/\/[^:]+$/.test(origin) ? [origin, origin.replace("http:", "https:")] : [origin],
      ),
    );
  }

  isAllowed(url: string): boolean {
    return this.#origins.has(originOf(url));
  }

  /** The auth that a request asks for, wherever it goes. */
  authOf(request: RequestSpec): Auth | undefined {
    return request.auth === undefined ? this.#auth : (request.auth ?? undefined);
  }

  /** Puts credentials on the request, or takes off what looks like some. */
  async authorize(request: RequestSpec, fetchToken: TokenFetch): Promise<Authorized> {
    const auth = this.authOf(request);
    if (!this.isAllowed(request.url)) return withhold(request, auth);
    if (auth === undefined) return { request };
    return { request: await auth.apply(request, fetchToken), auth };
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
