import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import { readInitial, type CursorValue } from "./cursor-value.js";
import { endOf, readEndRules, type EndOptions, type EndRules } from "./end-rules.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";

/** Sends back a cursor that comes in a response header. */
export interface HeaderCursorConfig extends EndOptions, PageCapOption {
  readonly type: "header_cursor";
  /** Name of the header, in any case. Default `next`. */
  readonly cursorKey?: string;
  /** Query parameter of the cursor. Default `cursor`. */
  readonly cursorParam?: string;
  /** Path of the cursor in the body, instead of `cursorParam`. */
  readonly cursorBodyPath?: string;
  /** Request header of the cursor, instead of `cursorParam`. */
  readonly cursorHeader?: string;
  /** Cursor of the first request. Default: none. */
  readonly initialCursor?: string | number | null;
}

/** The cursor of the page; null for the first when there is no `initialCursor`. */
export type HeaderCursorState = { readonly cursor: CursorValue | null };

interface HeaderCursorOptions {
  readonly header: string;
  readonly placement: Placement;
  readonly initial: CursorValue | null;
  readonly rules: EndRules;
}

/** Ends when the header is missing or empty, or when one of the rules says so. */
export class HeaderCursorPaginator implements Paginator<HeaderCursorState> {
  readonly type: string = "header_cursor";
  readonly #options: HeaderCursorOptions;

  constructor(options: HeaderCursorOptions) {
    this.#options = options;
  }

  start(): HeaderCursorState {
    return { cursor: this.#options.initial };
  }

  apply(request: RequestSpec, state: HeaderCursorState): RequestSpec {
    return place(request, this.#options.placement, state.cursor);
  }

  next(_state: HeaderCursorState, facts: PageFacts): PageStep<HeaderCursorState> {
    const cursor = facts.response.headers[this.#options.header]?.trim();
    if (cursor === undefined) return { stop: "no-next" };
    if (cursor === "") return { stop: "no-next", isSaid: true };
    const end = endOf(facts, this.#options.rules);
    return end === undefined ? { state: { cursor } } : { stop: end };
  }
}

/** Reads `{ type: "header_cursor", cursorKey, cursorParam, … }`. */
export function headerCursorFromConfig(config: ConfigReader): HeaderCursorPaginator {
  const options = {
    header: config.name("cursorKey", "next").toLowerCase(),
    placement: readPlacement(config, "cursor", "cursor"),
    initial: readInitial(config, "initialCursor"),
    rules: readEndRules(config),
  };
  config.done();
  return new HeaderCursorPaginator(options);
}
