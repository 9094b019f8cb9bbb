import { excerpt } from "../../core/errors.js";
import type { ConfigReader } from "../config-reader.js";
import { PaginationError } from "../errors.js";
import { compilePath, type CompiledPath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";
import { readHasMore } from "./reading.js";

/** Sends back a cursor that comes in the body. */
export interface CursorConfig {
  readonly type: "cursor";
  /** JSONPath of the cursor. Default `cursors.next`. */
  readonly cursorPath?: string;
  /** Query parameter of the cursor. Default `cursor`. */
  readonly cursorParam?: string;
  /** Dot path of the cursor in the body, instead of `cursorParam`. */
  readonly cursorBodyPath?: string;
  /** Default false: a page without rows may be followed by others. */
  readonly stopAfterEmptyPage?: boolean;
  /** JSONPath of a flag; false ends the pages even if there is a cursor. */
  readonly hasMorePath?: string | null;
}

/** The cursor of the page; null for the first. */
export type CursorState = { readonly cursor: string | number | null };

interface CursorOptions {
  readonly cursorPath: CompiledPath;
  readonly placement: Placement;
  readonly stopAfterEmptyPage: boolean;
  readonly hasMorePath: CompiledPath | undefined;
}

/** Ends when the cursor is missing, null, "", false or 0 (dlt's rule), or when `hasMorePath` says so. */
export class CursorPaginator implements Paginator<CursorState> {
  readonly type: string = "cursor";
  readonly #options: CursorOptions;

  constructor(options: CursorOptions) {
    this.#options = options;
  }

  start(): CursorState {
    return { cursor: null };
  }

  apply(request: RequestSpec, state: CursorState): RequestSpec {
    return place(request, this.#options.placement, state.cursor);
  }

  next(_state: CursorState, facts: PageFacts): PageStep<CursorState> {
    const { cursorPath, stopAfterEmptyPage, hasMorePath } = this.#options;
    const cursor = cursorPath.first(facts.response.json());
    if (cursor === undefined || cursor === null || cursor === "" || cursor === false || cursor === 0)
      return { stop: "no-next" };
    if (stopAfterEmptyPage && facts.items.length === 0) return { stop: "empty-page" };
    if (hasMorePath !== undefined && !readHasMore(hasMorePath, facts)) return { stop: "has-more-false" };
    if (typeof cursor === "bigint") return { state: { cursor: String(cursor) } };
    if (typeof cursor === "string" || typeof cursor === "number") return { state: { cursor } };
    throw new PaginationError(
      `The cursor at "${cursorPath.path}" is ${excerpt(cursor)}, which is neither text nor a number`,
      { page: facts.page },
    );
  }
}

/** Reads `{ type: "cursor", … }`. */
export function cursorFromConfig(config: ConfigReader): CursorPaginator {
  const options = {
    cursorPath: compilePath(config.name("cursorPath", "cursors.next")),
    placement: readPlacement(config, "cursor", "cursor"),
    stopAfterEmptyPage: config.boolean("stopAfterEmptyPage", false),
    hasMorePath: config.jsonPath("hasMorePath"),
  };
  config.done();
  return new CursorPaginator(options);
}
