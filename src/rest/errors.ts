import { shorten, SluiceError, type ErrorPlace, type SluiceErrorOptions } from "../core/errors.js";
import { redactUrl } from "../core/redaction.js";

/** Characters of a response body that an error message may quote. */
const BODY_EXCERPT = 300;

/** Characters of an address that a message shows: APIs choose their next links, and may choose long ones. */
const URL_EXCERPT = 500;

/** An address without credentials, cut short. */
function shownUrl(url: string): string {
  const safe = redactUrl(url);
  return safe.length > URL_EXCERPT ? `${safe.slice(0, URL_EXCERPT)}…` : safe;
}

/** The first characters of a body on one line, for messages, without secrets. */
export function bodyExcerpt(text: string): string {
  const line = shorten(text, BODY_EXCERPT * 2)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > BODY_EXCERPT ? `${line.slice(0, BODY_EXCERPT)}…` : line;
}

/** Details of {@link HttpStatusError}. */
export interface HttpStatusErrorOptions extends SluiceErrorOptions {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  /** How often the request was sent. */
  readonly attempts: number;
  /** Text of the body; the message quotes its beginning. */
  readonly body: string;
  /** Why a response with a status below 400 is an error. */
  readonly reason?: string;
}

/** The API answered with a status that is an error, and retries and response actions did not change that. */
export class HttpStatusError extends SluiceError {
  override readonly name: string = "HttpStatusError";
  readonly status: number;
  /** Redacted and cut short. */
  readonly url: string;
  readonly attempts: number;

  constructor(options: HttpStatusErrorOptions) {
    const { status, method, url, attempts, body, reason, ...rest } = options;
    const safeUrl = shownUrl(url);
    const after = attempts > 1 ? ` after ${attempts} attempts` : "";
    const why = reason === undefined ? "" : ` (${reason})`;
    const said = body.trim() === "" ? "" : `\nThe API said: ${bodyExcerpt(body)}`;
    super("SLUICE_HTTP_STATUS", `HTTP ${status}${why} for ${method} ${safeUrl}${after}${said}`, rest);
    this.status = status;
    this.url = safeUrl;
    this.attempts = attempts;
  }
}

/** Details of {@link RateLimitError}. Times are milliseconds. */
export interface RateLimitErrorOptions extends ErrorPlace {
  readonly origin: string;
  /** That the request has waited for the limit so far. */
  readonly waitedMs: number;
  /** That it was allowed to wait: `maxRateLimitWait`. */
  readonly maxMs: number;
  /** What the API asks for now, and in which words: `HTTP 429, Retry-After: 86400`. */
  readonly asked: { readonly ms: number; readonly why: string };
  /** Text of the refusal's body; the message quotes its beginning. */
  readonly body?: string;
}

/** The API's rate limit was not lifted within `maxRateLimitWait`, or it asks for a longer wait than is left of that. */
export class RateLimitError extends SluiceError {
  override readonly name: string = "RateLimitError";
  readonly origin: string;
  /** Seconds that the request has waited for the limit. */
  readonly waitedSeconds: number;

  constructor(options: RateLimitErrorOptions) {
    const { origin, waitedMs, maxMs, asked, body = "", ...place } = options;
    const waited = waitedMs === 0 ? "" : ` after waiting ${seconds(waitedMs)} of at most ${seconds(maxMs)}`;
    const wish = asked.ms > 0 ? `, and it has to be waited for ${seconds(asked.ms)}` : "";
    const said = body.trim() === "" ? "" : `\nThe API said: ${bodyExcerpt(body)}`;
    super("SLUICE_RATE_LIMIT", `The rate limit of ${origin} is used up${waited} (${asked.why})${wish}${said}`, {
      ...place,
      hint: `Run again later: it goes on from the last committed page. One request waits for at most ${seconds(maxMs)} (\`maxRateLimitWait\`); declare \`rateLimit\` to stay below the limit.`,
    });
    this.origin = origin;
    this.waitedSeconds = waitedMs / 1000;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toLocaleString("en-US", { maximumFractionDigits: 1 })} s`;
}

/** Details of {@link ConnectionError}. */
export interface ConnectionErrorOptions extends SluiceErrorOptions {
  readonly url: string;
  /** How often the request was sent. Default 1. */
  readonly attempts?: number;
  /** The system's or undici's code: `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_HEADERS_TIMEOUT`, … */
  readonly reasonCode?: string;
}

/** No complete response came: the host is unknown or down, a timeout passed, the connection broke, a redirect cannot be followed. */
export class ConnectionError extends SluiceError {
  override readonly name: string = "ConnectionError";
  /** Redacted and cut short. */
  readonly url: string;
  readonly reasonCode: string | undefined;
  readonly #reason: string;

  constructor(reason: string, options: ConnectionErrorOptions) {
    const { url, attempts = 1, reasonCode, ...rest } = options;
    const safeUrl = shownUrl(url);
    super("SLUICE_CONNECTION", `${reason} (${safeUrl}${attempts > 1 ? `, ${attempts} attempts` : ""})`, rest);
    this.url = safeUrl;
    this.reasonCode = reasonCode;
    this.#reason = reason;
  }

  /** The same error after the last retry. */
  afterAttempts(attempts: number, place: ErrorPlace): ConnectionError {
    const { hint, cause, reasonCode, url } = this;
    return new ConnectionError(this.#reason, {
      ...place,
      url,
      attempts,
      cause,
      ...(hint !== undefined && { hint }),
      ...(reasonCode !== undefined && { reasonCode }),
    });
  }
}

/** Where a body that is not usable JSON came from. */
export interface BodyOrigin {
  readonly url: string;
  readonly status: number;
  /** The `content-type` header; undefined when there was none. */
  readonly contentType: string | undefined;
}

/** The body is not JSON, or nested deeper than sluice reads. */
export class ResponseParseError extends SluiceError {
  override readonly name: string = "ResponseParseError";
  /** The text looks like JSON that was cut off: sending the request again may help. */
  readonly truncated: boolean;

  constructor(
    message: string,
    origin: BodyOrigin,
    options: SluiceErrorOptions & { readonly truncated?: boolean } = {},
  ) {
    const { truncated = false, ...rest } = options;
    const type = origin.contentType ?? "no content type";
    super("SLUICE_RESPONSE_PARSE", `${message} (HTTP ${origin.status}, ${type}, ${shownUrl(origin.url)})`, rest);
    this.truncated = truncated;
  }
}

/** The body is larger than `maxResponseBytes`. */
export class ResponseTooLargeError extends SluiceError {
  override readonly name: string = "ResponseTooLargeError";

  constructor(url: string, limit: number, options: SluiceErrorOptions = {}) {
    super("SLUICE_RESPONSE_TOO_LARGE", `The response of ${shownUrl(url)} is larger than ${limit} bytes`, {
      hint: "Ask for smaller pages (a limit or per_page parameter), or raise `maxResponseBytes`.",
      ...options,
    });
  }
}

/**
 * The pages contradict the paginator's configuration, go round in circles (`SLUICE_PAGINATION_LOOP`), or cannot be gone on
 * with, since a credential that was part of the next address has changed (`SLUICE_PAGE_SEALED`).
 */
export class PaginationError extends SluiceError {
  override readonly name: string = "PaginationError";

  constructor(
    message: string,
    options: SluiceErrorOptions = {},
    code: "SLUICE_PAGINATION" | "SLUICE_PAGINATION_LOOP" | "SLUICE_PAGE_SEALED" = "SLUICE_PAGINATION",
  ) {
    super(code, message, options);
  }
}

/** A token could not be fetched: the token endpoint refused, or its answer has no token. */
export class AuthError extends SluiceError {
  override readonly name: string = "AuthError";

  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_AUTH", message, options);
  }
}
