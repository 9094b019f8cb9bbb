import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "../core/json.js";
import type { CompiledPath } from "../rest/json-path.js";
import type { PageFacts, PageStep, Paginator } from "../rest/paginators/paginator.js";
import type { RequestSpec } from "../rest/request.js";

/** Null before the first response, then the state of the paginator that reads on. */
type EntityState = { readonly list: JsonValue };

/**
 * For paths that end in a placeholder (`users/{resources.users.id}`) and say nothing of pages. The first request is sent
 * as it is; an object where the rows are is the one thing that was asked for. A list is a list after all, and is read
 * on: with the client's paginator where that only follows what responses say, otherwise as the response is recognised.
 *
 * dlt decides from the path alone and reads one page of a list.
 */
export class SingleEntityPaginator implements Paginator<EntityState> {
  readonly type: string = "single_page";
  readonly #selector: CompiledPath;
  readonly #preferred: Paginator | undefined;
  readonly #detecting: Paginator;

  /** `preferred` is the client's paginator, `detecting` the one that recognises it from a response. */
  constructor(selector: CompiledPath, preferred: Paginator | undefined, detecting: Paginator) {
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
    if (list === null && !this.#isList(facts.response.json())) return { stop: "single-page" };
    const reader = this.#reader(facts.request);
    const step = reader.next(list ?? reader.start(facts.request), facts);
    return "state" in step ? { ...step, state: { list: step.state } } : step;
  }

  ahead({ list }: EntityState, facts: PageFacts, count: number): readonly EntityState[] {
    const states = this.#reader(facts.request).ahead?.(list, facts, count) ?? [];
    return states.map((state) => ({ list: state }));
  }

  #isList(body: unknown): boolean {
    const found = this.#selector.find(body);
    return found.length > 1 || Array.isArray(found[0]);
  }

  /** The client's paginator would have had to change the first request if it leads rather than follows. */
  #reader(request: RequestSpec): Paginator {
    const preferred = this.#preferred;
    if (preferred === undefined) return this.#detecting;
    const follows = isDeepStrictEqual(preferred.apply(request, preferred.start(request)), request);
    return follows ? preferred : this.#detecting;
  }
}
