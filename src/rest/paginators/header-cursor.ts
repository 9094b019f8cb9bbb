import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";

/** Sends back a cursor that comes in a response header. */
export interface HeaderCursorConfig {
  readonly type: "header_cursor";
  /** Name of the header, in any case. Default `next`. */
  readonly cursorKey?: string;
  /** Query parameter of the cursor. Default `cursor`. */
  readonly cursorParam?: string;
  /** Dot path of the cursor in the body, instead of `cursorParam`. */
  readonly cursorBodyPath?: string;
}

/** The cursor of the page; null for the first. */
export type HeaderCursorState = { readonly cursor: string | null };

/** Ends when the header is missing or empty. */
export class HeaderCursorPaginator implements Paginator<HeaderCursorState> {
  readonly type: string = "header_cursor";
  readonly #header: string;
  readonly #placement: Placement;

  constructor(header: string, placement: Placement) {
    this.#header = header.toLowerCase();
    this.#placement = placement;
  }

  start(): HeaderCursorState {
    return { cursor: null };
  }

  apply(request: RequestSpec, state: HeaderCursorState): RequestSpec {
    return place(request, this.#placement, state.cursor);
  }

  next(_state: HeaderCursorState, facts: PageFacts): PageStep<HeaderCursorState> {
    const cursor = facts.response.headers[this.#header]?.trim() ?? "";
    return cursor === "" ? { stop: "no-next" } : { state: { cursor } };
  }
}

/** Reads `{ type: "header_cursor", cursorKey, cursorParam }`. */
export function headerCursorFromConfig(config: ConfigReader): HeaderCursorPaginator {
  const paginator = new HeaderCursorPaginator(
    config.name("cursorKey", "next"),
    readPlacement(config, "cursor", "cursor"),
  );
  config.done();
  return paginator;
}
