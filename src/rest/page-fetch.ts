import { isDeepStrictEqual } from "node:util";
import { ConfigError, type ErrorPlace, excerpt } from "../core/errors.js";
import { type JsonValue, mapStrings } from "../core/json.js";
import { openSecrets, sealSecrets } from "../core/redaction.js";
import { isPaginatorStop, PAGINATOR_STOPS, type StopReason } from "../core/stop.js";
import type { Warning } from "../core/warnings.js";
import type { ResponseFormat } from "./body-format.js";
import type { NumberReading } from "./json-numbers.js";
import { PaginationError } from "./errors.js";
import { assertUsable, doubtsAbout } from "./page-doubts.js";
import type { Exchanged, ExchangeOptions } from "./exchange.js";
import { type CompiledPath, pathOfKeys } from "./json-path.js";
import { guardNext, guardPage, type GuardState } from "./paginators/guards.js";
import { overlookedPages } from "./paginators/overlooked.js";
import { totalMissed } from "./paginators/total-check.js";
import type { ScopedRateLimit } from "./pace/waiting.js";
import type { PageFacts, PageStep, Paginator } from "./paginators/paginator.js";
import type { HttpResponse, RequestSpec } from "./request.js";
import type { CompiledActions } from "./response-actions.js";
import type { OnWait, OnWaited } from "./retry.js";
import type { OnSilence } from "./silence.js";
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
  /** The paginator's state of the first page, where it is not the one that it starts with. */
  readonly first?: JsonValue;
  /** 1-based. */
  readonly page: number;
  /** Undefined: the rows are looked for in the first page, and in the same place afterwards. */
  readonly selector?: CompiledPath | undefined;
  /** Without a selector: an object is the one row that the address names, unless it is the envelope of a list. */
  readonly namesOne?: boolean | undefined;
  readonly responseActions?: CompiledActions | undefined;
  /** What bodies are written in, whatever their content type says. */
  readonly format?: ResponseFormat | undefined;
  readonly numbers?: NumberReading | undefined;
  /** Fields of a row that identify it: to notice rows that come twice. */
  readonly primaryKey?: readonly string[] | undefined;
  /** Stop after so many pages. */
  readonly maxPages?: number | undefined;
  /** Name the states of so many pages after the next, should they be known. Default 0. */
  readonly ahead?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: OnWait | undefined;
  readonly onWaited?: OnWaited | undefined;
  readonly onSilence?: OnSilence | undefined;
  /** Limits of the endpoint, besides those of the client. */
  readonly rateLimit?: ScopedRateLimit | undefined;
  /** Resource name and the like, for error messages; the page is added. */
  readonly place?: ErrorPlace | undefined;
}

/** What came back for a page, not yet read. */
export interface PageAnswer {
  /** The request as it was sent, without credentials. */
  readonly request: RequestSpec;
  readonly exchanged: Exchanged;
}

/** One page that was read. */
export interface PageFetch {
  readonly items: readonly unknown[];
  /** State of the next page, JSON; null: this was the last, and `stop` says why. */
  readonly next: JsonValue;
  readonly stop?: StopReason;
  /** The paginator's config, where it was recognised from this page. */
  readonly recognised?: string;
  /** States of the pages after `next` that can be told already: enough to ask for them, not to read them. */
  readonly ahead?: readonly JsonValue[];
  /** The first page has to be asked for once more, with this as `first`; nothing of this answer counts. */
  readonly again?: JsonValue;
  /** JSONPath of the place where the rows were found without a selector; of first pages only. */
  readonly rowsAt?: string;
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

/** What a page must know to be asked for. */
type AskState = {
  /** The paginator's own, sealed: APIs echo credentials in what it keeps. */
  readonly paginator: JsonValue;
};

/** Everything that a page must know of those before it. */
type SequenceState = AskState & {
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
  const page = readPage(task, await askPage(task));
  const { again, requests, retries, bytes } = page;
  if (again === undefined) return page;
  const anew = await fetchPage({ ...task, first: again });
  return {
    ...anew,
    requests: requests + anew.requests,
    retries: retries + anew.retries,
    bytes: bytes + anew.bytes,
  };
}

/** Whether two pages of a sequence are had by the same request. */
export function asksSame(a: PageRequest, b: PageRequest): boolean {
  return isDeepStrictEqual(requestOf(a), requestOf(b));
}

/**
 * Sends the request of a page. Its state may be one that an earlier page named `ahead`.
 *
 * @throws as {@link fetchPage}, except for what only reading finds out.
 */
export async function askPage(task: PageRequest): Promise<PageAnswer> {
  const { client, page, signal, onWait, onWaited, onSilence, responseActions: actions } = task;
  const { rateLimit, format, numbers } = task;
  const place = { ...task.place, page };
  const request = requestOf(task);
  const waiting = { signal, onWait, onWaited, onSilence, rateLimit };
  const options = { ...waiting, actions, expectJson: true, format, numbers, place };
  return { request, exchanged: await client.send(request, options) };
}

/** Reads the answer to a page's request. Its state must be the one that the page before it named `next`. */
export function readPage(task: PageRequest, { request, exchanged }: PageAnswer): PageFetch {
  const { client, paginator, page } = task;
  // Only this function makes the states that come in here, except for null.
  const before = task.state as SequenceState | null;
  const current = paginatorState(task);
  const { response, requests, retries } = exchanged;
  const answered = { requests, retries, bytes: response.bytes, request, response };
  if (exchanged.ignored) {
    const warnings = [...exchanged.warnings, ...unreadDoubts(task, current, before?.guards)];
    return { ...answered, items: [], next: null, stop: "ignored", warnings };
  }

  const selection = selectItems(response.json(), task.selector, before?.rows, task.namesOne);
  assertUsable({ request, response, selection, attempts: retries + 1, place: { ...task.place, page } });
  const { items, detected } = selection;
  const rowsAt = before === null && detected !== undefined ? pathOfKeys(detected).path : undefined;
  const read = { ...answered, ...(rowsAt !== undefined && { rowsAt }) };
  const { primaryKey } = task;
  const findsParts = task.selector?.findsParts ?? false;
  const guarded = { request, response, items, findsParts, page, paginator: paginator.type, primaryKey };
  // The first page cannot repeat another, and is often the only one.
  const compared = before === null ? undefined : guardPage(before.guards, guarded);
  const facts = { request, response, items, page };
  const step = paginator.next(current, facts);
  assertStep(step, paginator.type);
  if ("again" in step) return { ...answered, items: [], next: null, again: step.state, warnings: [] };
  const warnings = [
    ...exchanged.warnings,
    ...(selection.warning === undefined ? [] : [selection.warning]),
    ...doubtsAbout(request, response, selection),
    ...(compared?.warnings ?? []),
    ...(step.warnings ?? []),
    ...endDoubts(task, step, facts, compared?.state),
  ];
  const told = { warnings, ...(step.recognised !== undefined && { recognised: step.recognised }) };
  const stop = stopOf(step, task);
  if (stop !== undefined || !("state" in step)) return { ...read, items, next: null, ...(stop && { stop }), ...told };

  const secrets = client.secretParams(task.request);
  const clean = (state: JsonValue): JsonValue => (secrets.length === 0 ? state : withoutSecrets(state, secrets));
  const following = clean(step.state);
  const { state: guards } = compared ?? guardPage(null, guarded);
  guardNext(guards, paginator.apply(task.request, following), guarded);
  const next: SequenceState = {
    paginator: sealSecrets(following),
    guards,
    ...(detected !== undefined && { rows: detected }),
  };
  const ahead = task.ahead === undefined ? [] : (paginator.ahead?.(step.state, facts, task.ahead) ?? []);
  if (ahead.length === 0) return { ...read, items, next, ...told };
  const asks = ahead.map((state): AskState => ({ paginator: sealSecrets(clean(state)) }));
  return { ...read, items, next, ahead: asks, ...told };
}

/** Warnings about pages that end because the response names no next one, or at a total that they do not come to. */
function endDoubts(task: PageRequest, step: PageStep, facts: PageFacts, guards: GuardState | undefined): Warning[] {
  if (!("stop" in step)) return [];
  const { type } = task.paginator;
  const counts = type === "offset" || type === "page_number";
  // An offset passes the total also where pages are shorter than its steps. Of an empty page those that count tell themselves.
  const isPassed = step.stop === "total-reached" && type === "offset" && guards !== undefined;
  const isEmpty = step.stop === "empty-page" && !counts;
  if (step.stop !== "no-next" && !isEmpty && !isPassed) return [];
  if (guards !== undefined) return step.warnings?.some(isMissing) === true ? [] : missedTotal(task, guards);
  const overlooked = overlookedPages(task.paginator, facts, step.isSaid !== true);
  return overlooked === undefined ? [] : [overlooked];
}

/** Warnings about pages that end with one that was not read. */
function unreadDoubts(task: PageRequest, current: JsonValue, guards: GuardState | undefined): Warning[] {
  const { paginator, page } = task;
  const missed = paginator.missed?.(current, page);
  if (missed !== undefined) return [missed];
  const counts = paginator.type === "offset" || paginator.type === "page_number";
  return guards === undefined || counts ? [] : missedTotal(task, guards);
}

function missedTotal(task: PageRequest, { read, total }: GuardState): Warning[] {
  // A filter takes rows out that the total counts.
  if (task.selector?.path.includes("?") === true) return [];
  const { paginator, request, page } = task;
  const missed = totalMissed({ page, total, read, first: paginator.apply(request, paginator.start(request)) });
  return missed === undefined ? [] : [missed];
}

function isMissing({ code }: Warning): boolean {
  return code === "total-not-reached";
}

/** A paginator may be the user's own, and written without types. */
function assertStep(step: PageStep | undefined, type: string): void {
  const { state, stop }: { state?: unknown; stop?: unknown } = step ?? {};
  if (state !== undefined || isPaginatorStop(stop)) return;
  throw new ConfigError(`next() of the paginator "${type}" returned ${excerpt(step)}, which is no step`, {
    hint: `It must return { state } with the state of the next page, or { stop } with one of ${PAGINATOR_STOPS.join(", ")}.`,
  });
}

/** The configured request with the paginator's values for the page. */
function requestOf(task: PageRequest): RequestSpec {
  return task.paginator.apply(task.request, paginatorState(task));
}

function paginatorState({ paginator, request, state, first, page, place }: PageRequest): JsonValue {
  // As above; every state has what is needed to ask.
  const before = state as AskState | null;
  return before === null ? (first ?? paginator.start(request)) : opened(before.paginator, { ...place, page });
}

function opened(sealed: JsonValue, place: ErrorPlace): JsonValue {
  const state = openSecrets(sealed);
  if (state !== undefined) return state;
  throw new PaginationError(
    "What the API said of this page holds a credential that has changed since the page before was read",
    {
      ...place,
      hint: "The sequence has to start afresh, from its first page.",
    },
    "SLUICE_PAGE_SEALED",
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
