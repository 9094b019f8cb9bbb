import type { JsonValue } from "../../core/json.js";
import type { StopReason } from "../../core/stop.js";
import type { Warning } from "../../core/warnings.js";
import type { HttpResponse, RequestSpec } from "../request.js";

/** What a paginator may look at after one response. */
export interface PageFacts {
  /** The request that was sent, with the paginator's own values applied, without credentials. */
  readonly request: RequestSpec;
  readonly response: HttpResponse;
  /** The rows that the data selector found, before any processing step. */
  readonly items: readonly unknown[];
  /** 1-based number of this page in its sequence. */
  readonly page: number;
}

/** Either the state of the next page, or the reason why there is none. */
export type PageStep<S extends JsonValue = JsonValue> = StepNotes &
  (
    | {
        readonly state: S;
        /** The state is that of the first page, which has to be asked for once more: this answer is left aside. Of first pages only. */
        readonly again?: true;
      }
    | { readonly stop: StopReason }
  );

/** What a paginator has to say about a step. */
interface StepNotes {
  readonly warnings?: readonly Warning[];
  /** The config that the pages go on with, as it may be written down, where it was recognised just now. */
  readonly recognised?: string;
  /** True where a stop is said by the response itself: the place of the next page is there, and empty. */
  readonly isSaid?: boolean;
}

/**
 * A paginator is a pure state machine: no fields change after construction, everything that moves is in a JSON state.
 * That one property gives resume, loop detection, look-ahead and unit tests.
 *
 * The loop is: `state = start(request)`; then for each page: send `apply(request, state)`; `next(state, facts)`.
 */
export interface Paginator<S extends JsonValue = JsonValue> {
  /** Name used in configs, messages and the load info. */
  readonly type: string;
  /** State of the first page. `request` is the configured one (user's params included). */
  start(request: RequestSpec): S;
  /** The request of the page that `state` describes. Must not modify `request`. */
  apply(request: RequestSpec, state: S): RequestSpec;
  /** Reads one response. Throws `PaginationError` when the response contradicts the configuration. */
  next(state: S, facts: PageFacts): PageStep<S>;
  /**
   * States of at most `count` pages after the one that `next` describes, in order, as far as they can be told from the
   * response before it. They may be asked for early; what `next` says when their turn comes decides whether an answer is
   * used: it is when it came to the same request, otherwise it is thrown away. Absent: nothing can be told.
   */
  ahead?(next: S, facts: PageFacts, count: number): readonly S[];
  /**
   * A warning when the page of `state` ends the pages unread (a response action says so) although what earlier pages told
   * promises more. Absent: nothing is known.
   */
  missed?(state: S, page: number): Warning | undefined;
}
