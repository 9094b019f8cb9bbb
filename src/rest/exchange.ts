import { setMaxListeners } from "node:events";
import type { ErrorPlace } from "../core/errors.js";
import type { Warning } from "../core/warnings.js";
import type { TokenFetch } from "./auth/auth.js";
import { encodeBody } from "./body.js";
import type { ResponseFormat } from "./body-format.js";
import type { NumberReading } from "./json-numbers.js";
import { CredentialGate } from "./credentials.js";
import { AuthError, ConnectionError } from "./errors.js";
import { type Followed, rateLimitError, statusError } from "./followed.js";
import { mergeHeaders } from "./headers.js";
import type { ResolvedHttpOptions } from "./http-options.js";
import type { Outcome } from "./pace/adaptive-limit.js";
import { isRateLimited, leftOf } from "./pace/announced.js";
import { paceOf } from "./pace/origin-pace.js";
import { Patience, pauseAfter } from "./pace/patience.js";
import type { Said, ScopedRateLimit, WaitObserver } from "./pace/waiting.js";
import { redirectedRequest } from "./redirect.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { CompiledActions, Verdict } from "./response-actions.js";
import { type OnSilence, watchSilence } from "./silence.js";
import {
  isTransient,
  type OnWait,
  type OnWaited,
  pause,
  retryAfterMs,
  retryDelay,
  type RetryRules,
  tellWait,
  wasNeverSent,
} from "./retry.js";
import { parsedInTurns } from "./response.js";
import { library, sendOnce, throwIfAborted, unlessAborted, type WireRequest } from "./transport.js";
import { buildUrl, originOf, parseUrl } from "./url.js";

const MAX_REDIRECTS = 10;
/** An answer with a token has some hundred bytes. */
const MAX_TOKEN_BYTES = 1024 * 1024;

/** The number of the latest exchange: those that began earlier are served first. */
let tickets = 0;

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: OnWait | undefined;
  readonly onWaited?: OnWaited | undefined;
  readonly onSilence?: OnSilence | undefined;
  /** Limits of the endpoint, besides those of the client. */
  readonly rateLimit?: ScopedRateLimit | undefined;
  readonly actions?: CompiledActions | undefined;
  /** True: the body must be JSON, or what `format` or its content type says; one that was cut off counts as a failed attempt. */
  readonly expectJson?: boolean;
  /** What bodies are written in, whatever their content type says. */
  readonly format?: ResponseFormat | undefined;
  /** How numbers of JSON bodies are read. Default: as doubles. */
  readonly numbers?: NumberReading | undefined;
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
    const run = {
      patience: new Patience(this.#http),
      waits: observer(options),
      ticket: (tickets += 1),
      requests: 0,
      spentMs: 0,
    };
    const { patience, waits } = run;
    for (let attempt = 1; ;) {
      const isLastBefore = (ms: number): boolean =>
        attempt >= this.#http.maxAttempts || run.spentMs + ms > this.#http.maxRetrySeconds * 1000;
      let ms = retryDelay(this.#http, attempt);
      let problem: string;
      try {
        const last = await parsed(await this.#follow(request, options, run), options);
        warnings.splice(0, warnings.length, ...last.warnings);
        // A refusal is counted already.
        const sent = attempt - 1 + patience.refusals + (isRateLimited(last.response) ? 0 : 1);
        const retryAfter = retryAfterMs(last.response.headers["retry-after"], Date.now());
        if (retryAfter !== undefined) ms = retryDelay(this.#http, attempt, retryAfter);
        const isLast = isLastBefore(ms);
        const verdict = judge(last, options, this.#http, isLast, sent >= this.#http.maxAttempts);
        if (verdict.action === "wait") continue;
        if (verdict.action === "give-up") throw rateLimitError(last, patience, options.place);
        if (verdict.action !== "retry" || isLast) {
          const response = this.#settle(verdict, last, sent, options);
          const ignored = verdict.action === "ignore" || verdict.action === "stop";
          return { response, ignored, requests: run.requests, retries: sent - 1, warnings };
        }
        problem = `HTTP ${last.response.status}`;
      } catch (error) {
        const isSafe = this.#http.retriesMethod(request.method) || wasNeverSent(error);
        if (isLastBefore(ms) || !isSafe || !isTransient(error)) {
          throw error instanceof ConnectionError ? error.afterAttempts(attempt, options.place ?? {}) : error;
        }
        problem = error instanceof Error ? (error.message.split("\n", 1)[0] ?? error.name) : String(error);
      }
      waits.begin("retry", ms, `${problem}; attempt ${attempt} of ${this.#http.maxAttempts}`);
      await pause(ms, options.signal);
      waits.end("retry");
      run.spentMs += ms;
      attempt += 1;
    }
  }

  /** The response to go on with, or the error that the verdict is. */
  #settle(verdict: Verdict, last: Followed, attempt: number, options: ExchangeOptions): HttpResponse {
    if (verdict.action === "ignore" || verdict.action === "stop") return last.response;
    if (verdict.action !== "proceed")
      throw statusError(last, attempt, options.place, `response action "${verdict.action}" for ${verdict.rule}`);
    const { response } = verdict;
    if (response.status >= 400 && options.throwHttpErrors !== false)
      throw statusError({ ...last, response }, attempt, options.place);
    if (options.expectJson === true) response.json();
    return response;
  }

  /** One attempt: the request and every redirect after it. */
  async #follow(request: RequestSpec, options: ExchangeOptions, run: ExchangeRun): Promise<Followed> {
    const warnings: Warning[] = [];
    let current = request;
    let replayed = false;
    for (let redirects = 0; ;) {
      const authorized = await unlessAborted(
        this.#gate.authorize(current, this.#tokenFetch(options)), // May call a function of the user, who need not know of signals.
        options.signal,
      );
      if (authorized.withheld !== undefined) warnings.push(authorized.withheld);
      const { response, pausing } = await this.#sendInTurn(current, authorized.request, options, run);
      if (response.status === 401 && !replayed && authorized.auth?.refresh?.(authorized.request) === true) {
        replayed = true;
        continue;
      }
      const next = options.followRedirects === false ? undefined : redirectedRequest(current, response);
      if (next === undefined)
        return {
          response,
          pausing,
          request: current,
          authorized,
          redirects,
          wanted: this.#gate.authOf(current),
          warnings,
        };
      redirects += 1;
      if (redirects > MAX_REDIRECTS)
        throw new ConnectionError(`The API redirected more than ${MAX_REDIRECTS} times`, {
          url: request.url,
          reasonCode: "REDIRECT",
          hint: "Its redirects go in circles: check the address (http or https, the slash at its end), and whether the API wants a login.",
        });
      current = next;
    }
  }

  /** Sends one request when its turn has come, and tells the pace of the origin how it went. */
  async #sendInTurn(
    request: RequestSpec,
    authorized: RequestSpec,
    options: ExchangeOptions,
    run: ExchangeRun,
  ): Promise<{ readonly response: HttpResponse; readonly pausing: boolean }> {
    const { signal, place, rateLimit, format, numbers } = options;
    const { rateLimit: limit, maxRetryDelay } = this.#http;
    await library();
    const turn = await paceOf(originOf(request.url)).turn({ ...run, limit, scoped: rateLimit, signal, place });
    run.requests += 1;
    let outcome: Outcome = "other";
    let said: Said | undefined;
    const began = Date.now();
    const silence = watchSilence(request, this.#http.timeout, options.onSilence);
    try {
      const response = await sendOnce(this.#wire(authorized), { ...this.#http, signal, format, numbers });
      const refused = isRateLimited(response);
      if (refused || response.status === 503) outcome = "refused";
      else if (response.status < 500) outcome = "succeeded";
      const paused = refused ? run.patience.refused(response) : pauseAfter(response, maxRetryDelay);
      said = { pause: paused, left: leftOf(response) };
      return { response, pausing: paused !== undefined };
    } finally {
      silence.end();
      run.spentMs += Date.now() - began;
      turn.end(outcome, said);
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
      const exchange = new Exchange(http, new CredentialGate(undefined, request.url, [], http.proxy));
      const { signal, onWait, onWaited, onSilence, place } = options;
      try {
        const answer = { signal, onWait, onWaited, onSilence, place, throwHttpErrors: false, followRedirects };
        return (await exchange.send(request, answer)).response;
      } catch (error) {
        // It was retried already: as a ConnectionError it would be retried again with every attempt of the request that needs it.
        throw error instanceof ConnectionError
          ? new AuthError(`No token could be fetched: ${error.message}`, { cause: error })
          : error;
      }
    };
  }
}

/** What belongs to one exchange, over all of its attempts. */
interface ExchangeRun {
  readonly ticket: number;
  readonly patience: Patience;
  readonly waits: WaitObserver;
  /** Sent so far. */
  requests: number;
  /** Milliseconds in which requests were under way, or waited for another attempt. */
  spentMs: number;
}

/**
 * Retries come first: a response action sees a retryable status only after the last attempt. A refusal because of a rate
 * limit is waited out as long as patience lasts, unless an action is made for it.
 */
function judge(
  { response, pausing, request }: Followed,
  options: ExchangeOptions,
  rules: RetryRules,
  isLast: boolean,
  isLastRefusal: boolean,
): Verdict | { readonly action: "wait" } | { readonly action: "give-up" } {
  if (isRateLimited(response)) {
    const isOver = !pausing;
    const verdict = isOver || isLastRefusal ? options.actions?.(response) : undefined;
    if (verdict !== undefined && verdict.action !== "proceed" && verdict.action !== "retry") return verdict;
    if (!isOver) return { action: "wait" };
    // A function may have made another response of it; whoever asked for every status gets this one.
    if (verdict?.action === "proceed" && !isRateLimited(verdict.response)) return verdict;
    return options.throwHttpErrors === false ? { action: "proceed", response } : { action: "give-up" };
  }
  if (!isLast && rules.retriesStatus(response.status) && rules.retriesMethod(request.method))
    return { action: "retry", rule: `status ${response.status}` };
  return options.actions?.(response) ?? { action: "proceed", response };
}

function observer({ onWait, onWaited }: ExchangeOptions): WaitObserver {
  return {
    begin: (reason, ms, detail) => tellWait(onWait, reason, ms, detail),
    end: (reason) => onWaited?.(reason),
  };
}

/** With its body parsed, where that is wanted. */
async function parsed(followed: Followed, { expectJson, signal }: ExchangeOptions): Promise<Followed> {
  if (expectJson !== true) return followed;
  try {
    return { ...followed, response: await parsedInTurns(followed.response, signal) };
  } catch (error) {
    throwIfAborted(signal, error);
    throw error;
  }
}
