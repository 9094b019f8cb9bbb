import { isDeepStrictEqual } from "node:util";
import { isPlainObject, type JsonValue } from "../core/json.js";
import { PaginationError } from "../rest/errors.js";
import type { CompiledPath } from "../rest/json-path.js";
import { overlookedPages } from "../rest/paginators/overlooked.js";
import type { PageFacts, PageStep, Paginator } from "../rest/paginators/paginator.js";
import type { RequestSpec } from "../rest/request.js";
import { hasIdentity } from "../rest/row-detection.js";

/** Null before the first response, then the state of the client's paginator or of the one that was recognised. */
type EntityState = { readonly list: JsonValue; readonly recognised?: true };

/**
 * For paths that end in a placeholder (`users/{resources.users.id}`) and say nothing of pages. The first request is sent
 * as it is; an object where the rows are is the one thing that was asked for. A list, also one in an envelope, is a list
 * after all, and is read with the client's paginator. One that sets page numbers or limits has not set those of the
 * request that was answered: the list is then asked for again, from its start. Where the client's does not fit the
 * response, the paginator that the response shows reads on.
 *
 * dlt decides from the path alone and reads one page of a list.
 */
export class SingleEntityPaginator implements Paginator<EntityState> {
  readonly type: string = "single_page";
  readonly #selector: CompiledPath | undefined;
  readonly #preferred: Paginator | undefined;
  readonly #detecting: Paginator;

  /**
   * `preferred` is the client's paginator, `detecting` the one that recognises it from a response. Without a `selector`
   * the rows that were found say what the response is.
   */
  constructor(selector: CompiledPath | undefined, preferred: Paginator | undefined, detecting: Paginator) {
    this.#selector = selector;
    this.#preferred = preferred;
    this.#detecting = detecting;
  }

  start(): EntityState {
    return { list: null };
  }

  apply(request: RequestSpec, state: EntityState): RequestSpec {
    return state.list === null ? request : this.#reader(state).apply(request, state.list);
  }

  next(state: EntityState, facts: PageFacts): PageStep<EntityState> {
    if (state.list !== null) return this.#goOn(state, facts);
    if (!this.#isList(facts)) return this.#single(facts);
    const preferred = this.#preferred;
    const list = preferred?.start(facts.request) ?? null;
    if (preferred === undefined || !fits(preferred, list, facts))
      return this.#goOn({ list: this.#detecting.start(facts.request), recognised: true }, facts);
    const sendsNothing = isDeepStrictEqual(preferred.apply(facts.request, list), facts.request);
    return sendsNothing ? this.#goOn({ list }, facts) : { state: { list }, again: true };
  }

  ahead(state: EntityState, facts: PageFacts, count: number): readonly EntityState[] {
    const states = this.#reader(state).ahead?.(state.list, facts, count) ?? [];
    return states.map((list) => ({ ...state, list }));
  }

  #goOn(state: EntityState, facts: PageFacts): PageStep<EntityState> {
    const step = this.#reader(state).next(state.list, facts);
    return "state" in step ? { ...step, state: { ...state, list: step.state } } : step;
  }

  #isList({ response, items }: PageFacts): boolean {
    const body = response.json();
    if (this.#selector === undefined) return Array.isArray(body) || (items[0] !== body && isPlainObject(body));
    const found = this.#selector.find(body);
    return found.length > 1 || Array.isArray(found[0]);
  }

  /** Something without a name of its own that announces a next page may be a list in an unknown kind of envelope. */
  #single(facts: PageFacts): PageStep<EntityState> {
    const body = facts.response.json();
    const doubt = isPlainObject(body) && !hasIdentity(body) ? overlookedPages(this, facts, false) : undefined;
    return { stop: "single-page", ...(doubt !== undefined && { warnings: [doubt] }) };
  }

  #reader({ recognised }: EntityState): Paginator {
    return recognised === true ? this.#detecting : (this.#preferred ?? this.#detecting);
  }
}

/** False when the response lacks what the paginator reads, such as a total. */
function fits(paginator: Paginator, state: JsonValue, facts: PageFacts): boolean {
  try {
    paginator.next(state, facts);
    return true;
  } catch (error) {
    if (error instanceof PaginationError) return false;
    throw error;
  }
}
