import type * as undici from "undici";
import { CancelledError, ConfigError, SluiceError } from "../core/errors.js";
import type { ResponseFormat } from "./body-format.js";
import type { NumberReading } from "./json-numbers.js";
import { dispatcherFor } from "./dispatcher.js";
import type { ConnectionOptions } from "./http-options.js";
import { ACCEPT_ENCODING, decodeText, errorCode, plainBody } from "./decode.js";
import { ConnectionError, ResponseTooLargeError } from "./errors.js";
import { headerOf } from "./headers.js";
import type { HttpMethod, HttpResponse } from "./request.js";
import { createResponse } from "./response.js";

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: HttpMethod;
  /** Absolute, with its whole query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface WireOptions extends ConnectionOptions {
  /** Seconds to the first byte of the answer, and between two parts of the body: each on its own. */
  readonly timeout: number;
  /** Limit of the body, before and after decompression. */
  readonly maxResponseBytes: number;
  /** Seconds from the head of the answer to the last byte of its body, however steadily it comes. */
  readonly maxResponseSeconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Of bodies of answers without an error, whatever their content type says. */
  readonly format?: ResponseFormat | undefined;
  readonly numbers?: NumberReading | undefined;
}

/** Interim answers (103 Early Hints) before the real one; each begins the timeout anew, so without a bound they could go on for ever. */
const MAX_INTERIM_ANSWERS = 10;

let loading: Promise<typeof undici> | undefined;

/**
 * Loaded with the first request: it is a third of what importing sluice would cost otherwise. To be awaited before a request
 * has its turn, so that the time counts for no rate limit.
 */
export function library(): Promise<typeof undici> {
  return (loading ??= import("undici"));
}

/** Begins to load the HTTP client, for a caller that has something else to wait for before its first request. */
export function prepareTransport(): void {
  library().catch(() => undefined); // The first request tells.
}

/**
 * Sends one request and reads the whole answer. Does not follow redirects, retry or judge the status.
 *
 * @throws ConnectionError when no complete answer comes, ResponseTooLargeError, CancelledError when `signal` is aborted,
 *   ConfigError when the request itself is impossible (an invalid header).
 */
export async function sendOnce(request: WireRequest, options: WireOptions): Promise<HttpResponse> {
  const { signal, maxResponseBytes } = options;
  throwIfAborted(signal);
  const timeoutMs = Math.max(1, Math.round(options.timeout * 1000));
  try {
    const http = await library();
    let interim = 0;
    const answer = await http.request(request.url, {
      dispatcher: dispatcherFor(options, http),
      method: request.method,
      headers:
        headerOf(request.headers, "accept-encoding") === undefined
          ? { ...request.headers, "accept-encoding": ACCEPT_ENCODING }
          : request.headers,
      body: request.body ?? null,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      onInfo: () => {
        interim += 1;
        if (interim > MAX_INTERIM_ANSWERS) throw new Error(`More than ${MAX_INTERIM_ANSWERS} interim answers (1xx)`);
      },
    });
    const headers = lowerCaseHeaders(answer.headers);
    const raw = await readBody(answer.body, options, request.url);
    const body = await plainBody(raw, headers["content-encoding"], maxResponseBytes, request.url);
    const { text, replaced } = decodeText(body, headers["content-type"]);
    return createResponse({
      status: answer.statusCode,
      headers,
      url: request.url,
      text,
      bytes: body.length,
      ...(options.format !== undefined && answer.statusCode < 400 && { format: options.format }),
      ...(options.numbers !== undefined && { numbers: options.numbers }),
      ...(replaced > 0 && { replacedCharacters: replaced }),
    });
  } catch (error) {
    throwIfAborted(signal, error);
    throw error instanceof SluiceError ? error : explain(error, request.url, options);
  }
}

async function readBody(
  body: undici.Dispatcher.ResponseData["body"],
  { maxResponseBytes, maxResponseSeconds }: WireOptions,
  url: string,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // undici's own timeout begins anew with every byte: a body that drips would never end.
  const deadline = setTimeout(() => {
    body.destroy(
      new ConnectionError(`The body took longer than ${maxResponseSeconds} s`, {
        url,
        reasonCode: "BODY_TOO_SLOW",
        hint: "Ask for smaller pages or raise `maxResponseSeconds`.",
      }),
    );
  }, maxResponseSeconds * 1000);
  try {
    // Leaving the loop early destroys the body and with it the socket: nothing is left undrained.
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxResponseBytes) throw new ResponseTooLargeError(url, maxResponseBytes);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(deadline);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size);
}

function lowerCaseHeaders(headers: undici.Dispatcher.ResponseData["headers"]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return result;
}

/** Throws a CancelledError when `signal` was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, cause?: unknown): void {
  if (signal?.aborted === true)
    throw new CancelledError("The request was cancelled", { cause: cause ?? signal.reason });
}

/** The outcome of `work`, which may be a user's function; a CancelledError at once when `signal` is aborted, whatever it goes on with. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const cancel = (): void => reject(new CancelledError("The request was cancelled", { cause: signal.reason }));
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancel));
  });
}

/** What an error of undici or the system means, in words. */
function explain(error: unknown, url: string, { timeout, connectTimeout }: WireOptions): SluiceError {
  const cause = innermost(error);
  const code = errorCode(cause) ?? errorCode(error);
  const { hostname, port, protocol } = new URL(url);
  const place = `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
  const options = { url, cause: error, ...(code !== undefined && { reasonCode: code }) };
  switch (code) {
    case "ECONNREFUSED":
      return new ConnectionError(`${place} refused the connection`, {
        ...options,
        hint: "Nothing listens there: is the API up, and are host and port right?",
      });
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ConnectionError(`The host name ${hostname} could not be resolved`, {
        ...options,
        hint: "Check the base URL for a typo, and the network.",
      });
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return new ConnectionError(`No connection to ${place} within ${connectTimeout} s`, {
        ...options,
        hint: "The host is down or a firewall drops the connection; `connectTimeout` sets the limit.",
      });
    case "UND_ERR_HEADERS_TIMEOUT":
      return new ConnectionError(`${place} did not answer within ${timeout} s`, {
        ...options,
        hint: "Ask for smaller pages or raise `timeout`.",
      });
    case "UND_ERR_BODY_TIMEOUT":
      return new ConnectionError(`${place} stopped sending for ${timeout} s in the middle of the body`, {
        ...options,
        hint: "Ask for smaller pages or raise `timeout`.",
      });
    case "UND_ERR_INVALID_ARG":
      return new ConfigError(`The request cannot be sent: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause: error,
        hint: "Headers hold no line breaks, control characters or characters beyond Latin-1: check `headers` and the values that are put into them.",
      });
    default: {
      const message = cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
      if (isCertificateCode(code)) {
        return new ConnectionError(`The certificate of ${place} was not accepted: ${message}`, {
          ...options,
          hint: "If the certificate is your organisation's own, name its file as `caFile` of the client, or in NODE_EXTRA_CA_CERTS.",
        });
      }
      return new ConnectionError(`The connection to ${place} broke: ${message}`, {
        ...options,
        hint: "Run again. If it stays, the API, a proxy or the network ends the connection: ask for smaller pages.",
      });
    }
  }
}

/** True for the codes with which Node.js refuses a certificate; sending again cannot help. */
export function isCertificateCode(code: string | undefined): boolean {
  return code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_/.test(code);
}

/** The error at the bottom: undici and `net` wrap the system's error in `cause` or, with several addresses, in `errors`. */
function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return innermost(error.cause);
  return error;
}
