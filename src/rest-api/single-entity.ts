import { isDeepStrictEqual } from "node:util";
import { isPlainObject, type JsonValue } from "../core/json.js";
import type { CompiledPath } from "../rest/json-path.js";
import { overlookedPages } from "../rest/paginators/overlooked.js";
import type { PageFacts, PageStep, Paginator } from "../rest/paginators/paginator.js";
import type { RequestSpec } from "../rest/request.js";
import { hasIdentity } from "../rest/row-detection.js";

/** Null before the first response, then the state of the paginator that reads on. */
type EntityState = { readonly list: JsonValue };

/**
 * For paths that end in a placeholder (`users/{resources.users.id}`) and say nothing of pages. The first request is sent
 * as it is; an object where the rows are is the one thing that was asked for. A list, also one in an envelope, is a list
 * after all, and is read on: with the client's paginator where that only follows what responses say, otherwise as the
 * response is recognised.
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

  apply(request: RequestSpec, { list }: EntityState): RequestSpec {
    return list === null ? request : this.#reader(request).apply(request, list);
  }

  next({ list }: EntityState, facts: PageFacts): PageStep<EntityState> {
    if (list === null && !this.#isList(facts)) return this.#single(facts);
    const reader = this.#reader(facts.request);
    const step = reader.next(list ?? reader.start(facts.request), facts);
    return "state" in step ? { ...step, state: { list: step.state } } : step;
  }

  ahead({ list }: EntityState, facts: PageFacts, count: number): readonly EntityState[] {
    const states = this.#reader(facts.request).ahead?.(list, facts, count) ?? [];
    return states.map((state) => ({ list: state }));
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

  /** The client's paginator would have had to change the first request if it leads rather than follows. */
  #reader(request: RequestSpec): Paginator {
    const preferred = this.#preferred;
    if (preferred === undefined) return this.#detecting;
    const follows = isDeepStrictEqual(preferred.apply(request, preferred.start(request)), request);
    return follows ? preferred : this.#detecting;
  }
}
