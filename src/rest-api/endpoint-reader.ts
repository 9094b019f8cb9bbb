import type { EarlyAnswer, EarlyReader, FetchedPage, PagedReader, PageTask, ReadContext } from "../extract/reader.js";
import type { Auth } from "../rest/auth/auth.js";
import type { ResponseFormat } from "../rest/body-format.js";
import type { NumberReading } from "../rest/json-numbers.js";
import type { CompiledPath } from "../rest/json-path.js";
import { askPage, asksSame, fetchPage, type PageFetch, type PageRequest, readPage } from "../rest/page-fetch.js";
import type { ScopedRateLimit } from "../rest/pace/waiting.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import type { CompiledActions } from "../rest/response-actions.js";
import type { RestClient } from "../rest/rest-client.js";
import { prepareTransport } from "../rest/transport.js";
import { joinUrl, originOf } from "../rest/url.js";
import type { EndpointPlan } from "./endpoint-plan.js";
import { fixedStart } from "./path-template.js";
import { buildRequest } from "./request-template.js";

/** What an endpoint's pages are read with; nothing of it changes during a run. */
export interface EndpointReaderOptions {
  readonly resource: string;
  /** Shared by all resources of a source. */
  readonly client: RestClient;
  readonly endpoint: EndpointPlan;
  /** Undefined: the client's; null: none. */
  readonly auth: Auth | null | undefined;
  readonly paginator: Paginator;
  /** Undefined: the rows are looked for in the first response. */
  readonly selector: CompiledPath | undefined;
  /** The path names one thing: an object is its row, unless it is an envelope. */
  readonly namesOne?: boolean | undefined;
  readonly actions: CompiledActions;
  /** Undefined: as the content type says. */
  readonly format: ResponseFormat | undefined;
  readonly numbers: NumberReading | undefined;
  /** Fields that identify a row; empty: not known. */
  readonly primaryKey: readonly string[];
  /** Limits of this endpoint, besides the client's. */
  readonly rateLimit: ScopedRateLimit;
}

/** Reads the pages of an endpoint: the same task gives the same request. */
export class EndpointReader implements PagedReader, EarlyReader {
  readonly kind = "paged";
  readonly early: EarlyReader = this;
  readonly origin?: string;
  /** Really private: headers and parameters in it may hold credentials, which printing a source must not show. */
  readonly #options: EndpointReaderOptions;

  constructor(options: EndpointReaderOptions) {
    this.#options = options;
    const start = fixedStart(options.endpoint.path);
    if (start !== undefined && (start !== "" || options.client.baseUrl !== ""))
      this.origin = originOf(joinUrl(options.client.baseUrl, start));
  }

  prepare(): void {
    prepareTransport();
  }

  async fetch(task: PageTask, context: ReadContext): Promise<FetchedPage> {
    return rowsOf(await fetchPage(this.pageRequest(task, context)), this.#options.resource);
  }

  asksSame(a: PageTask, b: PageTask, context: ReadContext): boolean {
    return asksSame(this.pageRequest(a, context), this.pageRequest(b, context));
  }

  async ask(task: PageTask, context: ReadContext): Promise<EarlyAnswer> {
    const asked = this.pageRequest(task, context);
    const answer = await askPage(asked);
    const { requests, response } = answer.exchanged;
    return {
      bytes: response.bytes,
      requests,
      read: ({ state, page }) => rowsOf(readPage({ ...asked, state, page }, answer), this.#options.resource),
    };
  }

  private pageRequest(task: PageTask, context: ReadContext): PageRequest {
    const { resource, client, endpoint, auth, paginator, selector, namesOne } = this.#options;
    const { actions, format, numbers, primaryKey, rateLimit } = this.#options;
    const { path, ...request } = buildRequest(resource, endpoint, {
      bound: task.bound,
      incremental: context.incremental,
      window: task.window,
    });
    return {
      client,
      request: client.requestFor(path, auth === undefined ? request : { ...request, auth }),
      paginator,
      state: task.state,
      page: task.page,
      selector,
      namesOne,
      responseActions: actions,
      format,
      numbers,
      primaryKey,
      ahead: context.ahead,
      signal: context.signal,
      onWait: (reason, ms, detail) => context.onWait(reason, ms, detail),
      onWaited: (reason) => context.onWaited(reason),
      onSilence: (ms, detail) => context.onSilence(ms, detail),
      rateLimit,
      place: { resource },
    };
  }
}

/** The response stays behind: its text would be kept as long as the rows. */
function rowsOf({ response: _response, request: _request, ...page }: PageFetch, resource: string): FetchedPage {
  return { ...page, warnings: page.warnings.map((warning) => ({ resource, ...warning })) };
}
