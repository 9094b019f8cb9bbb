import { setMaxListeners } from "node:events";
import type { ErrorPlace } from "../core/errors.js";
import type { Warning } from "../core/warnings.js";
import type { Auth, TokenFetch } from "./auth/auth.js";
import { encodeBody } from "./body.js";
import { CredentialGate, type Authorized } from "./credentials.js";
import { AuthError, ConnectionError, HttpStatusError } from "./errors.js";
import { headerOf, mergeHeaders } from "./headers.js";
import type { ResolvedHttpOptions } from "./http-options.js";
import { isRateLimited, paceOf } from "./rate-limit.js";
import { redirectedRequest } from "./redirect.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { CompiledActions, Verdict } from "./response-actions.js";
import { isRetryableStatus, isTransient, pause, retryAfterMs, retryDelay, tellWait, type OnWait } from "./retry.js";
import { sendOnce, type WireRequest } from "./transport.js";
import { buildUrl, originOf, parseUrl } from "./url.js";

const MAX_REDIRECTS = 10;
/** An answer with a token has some hundred bytes. */
const MAX_TOKEN_BYTES = 1024 * 1024;

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: OnWait | undefined;
  readonly actions?: CompiledActions | undefined;
  /** True: the body must be JSON; one that was cut off counts as a failed attempt. */
  readonly expectJson?: boolean;
  /** False: a status of 400 or more is returned instead of thrown. Default true. */
  readonly throwHttpErrors?: boolean;
  /** False: a redirect is an answer like any other. Default true. */
  readonly followRedirects?: boolean;
  /** For error messages: resource and page. */
  readonly place?: ErrorPlace | undefined;
}

/** The end of an exchange. */
export interface Exchanged {
  readonly response: HttpResponse;
  /** A response action said to end the pages here. */
  readonly ignored: boolean;
  /** Requests sent: with retries and redirects, without those for tokens. */
  readonly requests: number;
  readonly retries: number;
  readonly warnings: readonly Warning[];
}

/** Sends requests until they are answered: credentials, redirects, rate limits, retries, response actions. Holds no state of its own. */
export class Exchange {
  readonly #http: ResolvedHttpOptions;
  readonly #gate: CredentialGate;

  constructor(http: ResolvedHttpOptions, gate: CredentialGate) {
    this.#http = http;
    this.#gate = gate;
  }

  /**
   * Sends `request` and follows it to its final answer.
   *
   * @throws HttpStatusError, ConnectionError, ResponseParseError, ResponseTooLargeError, AuthError, CancelledError.
   */
  async send(request: RequestSpec, options: ExchangeOptions = {}): Promise<Exchanged> {
    // Any number of requests may share the signal of a run; each takes its listener off again, so a count is no sign of a leak.
    if (options.signal !== undefined) setMaxListeners(0, options.signal);
    const warnings: Warning[] = [];
    let requests = 0;
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= this.#http.maxAttempts;
      let problem: string;
      let retryAfter: number | undefined;
      try {
        const last = await this.#follow(request, options, () => (requests += 1));
        warnings.splice(0, warnings.length, ...last.warnings);
        const verdict = judge(last.response, options, isLast);
        if (verdict.action !== "retry" || isLast) {
          const response = this.#settle(verdict, last, attempt, options);
          const ignored = verdict.action === "ignore" || verdict.action === "stop";
          return { response, ignored, requests, retries: attempt - 1, warnings };
        }
        problem = `HTTP ${last.response.status}`;
        retryAfter = retryAfterMs(last.response.headers["retry-after"], Date.now());
      } catch (error) {
        if (isLast || !isTransient(error)) {
          throw error instanceof ConnectionError ? error.afterAttempts(attempt, options.place ?? {}) : error;
        }
        problem = error instanceof Error ? (error.message.split("\n", 1)[0] ?? error.name) : String(error);
      }
      const ms = retryDelay(this.#http, attempt, retryAfter);
      tellWait(options.onWait, "retry", ms, `${problem}; attempt ${attempt} of ${this.#http.maxAttempts}`);
      await pause(ms, options.signal);
    }
  }

  /** The response to go on with, or the error that the verdict is. */
  #settle(verdict: Verdict, last: Followed, attempt: number, options: ExchangeOptions): HttpResponse {
    if (verdict.action === "ignore" || verdict.action === "stop") return last.response;
    if (verdict.action !== "proceed")
      throw statusError(last, attempt, options, `response action "${verdict.action}" for ${verdict.rule}`);
    const { response } = verdict;
    if (response.status >= 400 && options.throwHttpErrors !== false)
      throw statusError({ ...last, response }, attempt, options);
    if (options.expectJson === true) response.json();
    return response;
  }

  /** One attempt: the request and every redirect after it. */
  async #follow(request: RequestSpec, options: ExchangeOptions, count: () => void): Promise<Followed> {
    const warnings: Warning[] = [];
    let current = request;
    let replayed = false;
    for (let redirects = 0; ;) {
      const authorized = await this.#gate.authorize(current, this.#tokenFetch(options));
      if (authorized.withheld !== undefined) warnings.push(authorized.withheld);
      const pace = paceOf(originOf(current.url));
      await pace.turn(this.#http.rateLimit, options.signal, options.onWait);
      count();
      const response = await sendOnce(this.#wire(authorized.request), { ...this.#http, signal: options.signal });
      pace.observe(response, this.#http.maxRetryDelay);
      if (response.status === 401 && !replayed && authorized.auth?.refresh?.(authorized.request) === true) {
        replayed = true;
        continue;
      }
      const next = options.followRedirects === false ? undefined : redirectedRequest(current, response);
      if (next === undefined)
        return { response, request: current, authorized, redirects, wanted: this.#gate.authOf(current), warnings };
      redirects += 1;
      if (redirects > MAX_REDIRECTS)
        throw new ConnectionError(`The API redirected more than ${MAX_REDIRECTS} times`, {
          url: request.url,
          reasonCode: "REDIRECT",
        });
      current = next;
    }
  }

  #wire(request: RequestSpec): WireRequest {
    const body = encodeBody(request);
    const defaults = {
      "user-agent": this.#http.userAgent,
      accept: "*/*",
      ...(body?.contentType !== undefined && { "content-type": body.contentType }),
    };
    const headers = mergeHeaders(defaults, request.headers);
    return {
      method: request.method,
      url: parseUrl(buildUrl(request.url, request.params)).href,
      headers,
      ...(body !== undefined && { body: body.bytes }),
    };
  }

  /** Token requests bring their own credentials and may go anywhere; they are retried like others and follow no redirect to another origin. */
  #tokenFetch(options: ExchangeOptions): TokenFetch {
    return async (request, { followRedirects = true } = {}) => {
      const http = { ...this.#http, maxResponseBytes: Math.min(this.#http.maxResponseBytes, MAX_TOKEN_BYTES) };
      const exchange = new Exchange(http, new CredentialGate(undefined, request.url, []));
      const { signal, onWait } = options;
      try {
        return (await exchange.send(request, { signal, onWait, throwHttpErrors: false, followRedirects })).response;
      } catch (error) {
        // It was retried already: as a ConnectionError it would be retried again with every attempt of the request that needs it.
        throw error instanceof ConnectionError
          ? new AuthError(`No token could be fetched: ${error.message}`, { cause: error })
          : error;
      }
    };
  }
}

/** What one attempt ended with. */
interface Followed {
  readonly response: HttpResponse;
  /** The last request, before credentials. */
  readonly request: RequestSpec;
  readonly authorized: Authorized;
  /** The auth that the request would have had at an allowed origin. */
  readonly wanted: Auth | undefined;
  readonly redirects: number;
  readonly warnings: readonly Warning[];
}

/** Retries come first: a response action sees a retryable status only after the last attempt. */
function judge(response: HttpResponse, options: ExchangeOptions, isLast: boolean): Verdict {
  if (!isLast && (isRetryableStatus(response.status) || isRateLimited(response)))
    return { action: "retry", rule: `status ${response.status}` };
  return options.actions?.(response) ?? { action: "proceed", response };
}

function statusError(last: Followed, attempts: number, options: ExchangeOptions, reason?: string): HttpStatusError {
  const { response, request } = last;
  const hint = authHint(last);
  return new HttpStatusError({
    ...options.place,
    status: response.status,
    method: request.method,
    url: response.url,
    attempts,
    body: response.text,
    ...(reason !== undefined && { reason }),
    ...(hint !== undefined && { hint }),
  });
}

/** Why a 401 or 403 may have come, without showing any credential. */
function authHint({ response, request, authorized, wanted, redirects }: Followed): string | undefined {
  if (response.status !== 401 && response.status !== 403) return undefined;
  const where =
    redirects > 0 ? ` after ${redirects} redirect${redirects === 1 ? "" : "s"} to ${originOf(response.url)}` : "";
  if (authorized.withheld !== undefined) {
    return `Credentials were withheld${where}: ${originOf(response.url)} is not the base URL's origin. Add it to allowedOrigins if it may have them.`;
  }
  if (authorized.auth !== undefined)
    return `The request carried "${authorized.auth.type}" credentials${where}: check that they are valid and may read this.`;
  if (headerOf(request.headers, "authorization") !== undefined)
    return `The request carried an Authorization header${where}: check that it is valid and may read this.`;
  return wanted === undefined ? `The request carried no credentials${where}: configure \`auth\`.` : undefined;
}
