import type { ConfigReader } from "../config-reader.js";
import { compilePath, type CompiledPath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import { cursorValue, readInitial, type CursorValue } from "./cursor-value.js";
import { endOf, readEndRules, type EndOptions, type EndRules } from "./end-rules.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";

/** Sends back a cursor that comes in the body. */
export interface CursorConfig extends EndOptions, PageCapOption {
  readonly type: "cursor";
  /** JSONPath of the cursor. Default `cursors.next`. */
  readonly cursorPath?: string;
  /** Query parameter of the cursor. Default `cursor`. */
  readonly cursorParam?: string;
  /** Path of the cursor in the body, instead of `cursorParam`: `page.after`, `variables.after` for GraphQL. */
  readonly cursorBodyPath?: string;
  /** Request header of the cursor, instead of `cursorParam`. */
  readonly cursorHeader?: string;
  /** Cursor of the first request, for APIs that page only when they are given one (`*`). Default: none. */
  readonly initialCursor?: string | number | null;
}

/** The cursor of the page; null for the first when there is no `initialCursor`. */
export type CursorState = { readonly cursor: CursorValue | null };

interface CursorOptions {
  readonly cursorPath: CompiledPath;
  readonly placement: Placement;
  readonly initial: CursorValue | null;
  readonly rules: EndRules;
}

/** Ends when the cursor is missing, null, "", false or 0 (dlt's rule), or when one of the rules says so. */
export class CursorPaginator implements Paginator<CursorState> {
  readonly type: string = "cursor";
  readonly #options: CursorOptions;

  constructor(options: CursorOptions) {
    this.#options = options;
  }

  start(): CursorState {
    return { cursor: this.#options.initial };
  }

  apply(request: RequestSpec, state: CursorState): RequestSpec {
    return place(request, this.#options.placement, state.cursor);
  }

  next(_state: CursorState, facts: PageFacts): PageStep<CursorState> {
    const { cursorPath, rules } = this.#options;
    const cursor = cursorPath.first(facts.response.json());
    if (cursor === undefined) return { stop: "no-next" };
    if (cursor === null || cursor === "" || cursor === false || cursor === 0) return { stop: "no-next", isSaid: true };
    const end = endOf(facts, rules);
    if (end !== undefined) return { stop: end };
    return { state: { cursor: cursorValue(cursor, `The cursor at "${cursorPath.path}"`, facts.page) } };
  }
}

/** Reads `{ type: "cursor", … }`. */
export function cursorFromConfig(config: ConfigReader): CursorPaginator {
  const options = {
    cursorPath: compilePath(config.name("cursorPath", "cursors.next")),
    placement: readPlacement(config, "cursor", "cursor"),
    initial: readInitial(config, "initialCursor"),
    rules: readEndRules(config),
  };
  config.done();
  return new CursorPaginator(options);
}
