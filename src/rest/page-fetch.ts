import type { ErrorPlace } from "../core/errors.js";
import { type JsonValue, mapStrings } from "../core/json.js";
import { openSecrets, sealSecrets } from "../core/redaction.js";
import type { StopReason } from "../core/stop.js";
import type { Warning } from "../core/warnings.js";
import { PaginationError } from "./errors.js";
import type { Exchanged, ExchangeOptions } from "./exchange.js";
import type { CompiledPath } from "./json-path.js";
import { guardNext, guardPage, type GuardState } from "./paginators/guards.js";
import { overlookedPages } from "./paginators/overlooked.js";
import type { PageStep, Paginator } from "./paginators/paginator.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { CompiledActions } from "./response-actions.js";
import type { OnWait } from "./retry.js";
import { selectItems } from "./selectors.js";
import { withoutParams } from "./url.js";

/** What sends the requests of pages; `RestClient` is one. */
export interface PageClient {
  /** Sends a request until it is answered. */
  send(request: RequestSpec, options?: ExchangeOptions): Promise<Exchanged>;
  /** Query parameters in which the request's auth puts secrets. */
  secretParams(request: RequestSpec): readonly string[];
}

/** What decides one page. Everything but `state` and `page` is the same for all pages of a sequence. */
export interface PageRequest {
  readonly client: PageClient;
  /** The configured request: absolute URL, the user's params, without the paginator's values. */
  readonly request: RequestSpec;
  readonly paginator: Paginator;
  /** What the previous page returned as `next`; null for the first page. */
  readonly state: JsonValue;
  /** 1-based. */
  readonly page: number;
  /** Undefined: the rows are looked for in the first page, and in the same place afterwards. */
  readonly selector?: CompiledPath | undefined;
  readonly responseActions?: CompiledActions | undefined;
  /** Stop after so many pages. */
  readonly maxPages?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: OnWait | undefined;
  /** Resource name and the like, for error messages; the page is added. */
  readonly place?: ErrorPlace | undefined;
}

/** One page that was read. */
export interface PageFetch {
  readonly items: readonly unknown[];
  /** State of the next page, JSON; null: this was the last, and `stop` says why. */
  readonly next: JsonValue;
  readonly stop?: StopReason;
  readonly warnings: readonly Warning[];
  /** Requests sent, with retries and redirects. */
  readonly requests: number;
  readonly retries: number;
  /** Bytes of the body, decompressed. */
  readonly bytes: number;
  /** The request as it was sent, without credentials. */
  readonly request: RequestSpec;
  readonly response: HttpResponse;
}

/** Everything that a page must know of those before it. */
type SequenceState = {
  /** The paginator's own, sealed: APIs echo credentials in what it keeps. */
  readonly paginator: JsonValue;
  readonly guards: GuardState;
  /** Where the rows were found in an earlier page, when there is no selector. */
  readonly rows?: readonly string[];
};

/**
 * Reads one page. Holds nothing between calls: the same arguments give the same page, calls of any number of sequences
 * may overlap on one client.
 *
 * @throws HttpStatusError, ConnectionError, ResponseParseError, ResponseTooLargeError, PaginationError, AuthError, CancelledError.
 */
export async function fetchPage(task: PageRequest): Promise<PageFetch> {
  const { client, paginator, page, signal, onWait } = task;
  // Only this function makes the states that come in here, except for null.
  const before = task.state as SequenceState | null;
  const place = { ...task.place, page };
  const current = before === null ? paginator.start(task.request) : opened(before.paginator, place);
  const request = paginator.apply(task.request, current);
  const exchanged = await client.send(request, {
    signal,
    onWait,
    actions: task.responseActions,
    expectJson: true,
    place,
  });
  const { response, requests, retries } = exchanged;
  const read = { requests, retries, bytes: response.bytes, request, response };
  if (exchanged.ignored) return { ...read, items: [], next: null, stop: "ignored", warnings: exchanged.warnings };

  const selection = selectItems(response.json(), task.selector, before?.rows);
  const { items, detected } = selection;
  const guarded = { request, items, page, paginator: paginator.type };
  const guards = guardPage(before?.guards ?? null, guarded);
  const facts = { request, response, items, page };
  const step = paginator.next(current, facts);
  const overlooked =
    page === 1 && "stop" in step && step.stop === "no-next" ? overlookedPages(paginator, facts) : undefined;
  const warnings = [
    ...exchanged.warnings,
    ...(selection.warning === undefined ? [] : [selection.warning]),
    ...(step.warnings ?? []),
    ...(overlooked === undefined ? [] : [overlooked]),
  ];
  const stop = stopOf(step, task);
  if (stop !== undefined || !("state" in step)) return { ...read, items, next: null, ...(stop && { stop }), warnings };

  const secrets = client.secretParams(task.request);
  const following = secrets.length === 0 ? step.state : withoutSecrets(step.state, secrets);
  guardNext(guards, paginator.apply(task.request, following), guarded);
  const next: SequenceState = {
    paginator: sealSecrets(following),
    guards,
    ...(detected !== undefined && { rows: detected }),
  };
  return { ...read, items, next, warnings };
}

function opened(sealed: JsonValue, place: ErrorPlace): JsonValue {
  const state = openSecrets(sealed);
  if (state !== undefined) return state;
  throw new PaginationError(
    "What the API said of this page holds a credential that has changed since the page before was read",
    {
      ...place,
      hint: "The run has to start afresh: drop what was read so far with dropPending() of the pipeline (or run with the old credential once more).",
    },
  );
}

function stopOf(step: PageStep, { page, maxPages }: PageRequest): StopReason | undefined {
  if ("stop" in step) return step.stop;
  return maxPages !== undefined && page >= maxPages ? "maximum-reached" : undefined;
}

/** APIs echo the query in their next links; the credentials in it must not reach a state that is written to disk. */
function withoutSecrets(state: JsonValue, names: readonly string[]): JsonValue {
  return mapStrings(state, (text) => (URL.canParse(text) ? withoutParams(text, names) : text));
}
