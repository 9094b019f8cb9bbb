import type { JsonValue } from "../../core/json.js";
import type { Warning } from "../../core/warnings.js";
import type { ConfigReader } from "../config-reader.js";
import type { RequestSpec } from "../request.js";
import { configLine, detectPaginator, isExactlyFull, promisesMore } from "./detection.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { readPrefetch, type PrefetchOption } from "./range.js";

/** Recognises the paginator from the first response. */
export interface AutoConfig extends PrefetchOption, PageCapOption {
  readonly type: "auto";
}

/** What was recognised, and its state; null before the first response. */
export type AutoState = { readonly detected: JsonValue; readonly inner: JsonValue } | null;

/** Goes on with the paginator that the first response shows; ends with `undetected` when it shows none. */
export class AutoPaginator implements Paginator<AutoState> {
  readonly type: string = "auto";
  readonly #create: (config: unknown) => Paginator;
  readonly #prefetch: number | undefined;

  /** `create` makes the paginator of a config; `prefetch` is handed on to a paginator that counts. */
  constructor(create: (config: unknown) => Paginator, prefetch?: number) {
    this.#create = create;
    this.#prefetch = prefetch;
  }

  start(): AutoState {
    return null;
  }

  apply(request: RequestSpec, state: AutoState): RequestSpec {
    return state === null ? request : this.#create(state.detected).apply(request, state.inner);
  }

  next(state: AutoState, facts: PageFacts): PageStep<AutoState> {
    if (state !== null) return this.#inner(state.detected, state.inner, facts);
    const detected = detectPaginator(facts);
    if (detected === undefined) return { stop: "undetected", warnings: incomplete(facts) };
    const counts = detected.config.type === "offset" || detected.config.type === "page_number";
    const config: JsonValue = {
      ...detected.config,
      ...(counts && this.#prefetch !== undefined && { prefetch: this.#prefetch }),
    };
    const step = this.#inner(config, this.#create(config).start(facts.request), facts);
    const recognised = configLine(detected.config);
    // A sequence that is over after its first page needs no advice about the next.
    const warnings =
      detected.doubtful && "state" in step ? [...(step.warnings ?? []), guessed(recognised)] : step.warnings;
    return { ...step, recognised, ...(warnings !== undefined && { warnings }) };
  }

  ahead(next: AutoState, facts: PageFacts, count: number): readonly AutoState[] {
    if (next === null) return [];
    const { detected, inner } = next;
    const states = this.#create(detected).ahead?.(inner, facts, count) ?? [];
    return states.map((state) => ({ detected, inner: state }));
  }

  missed(state: AutoState, page: number): Warning | undefined {
    return state === null ? undefined : this.#create(state.detected).missed?.(state.inner, page);
  }

  #inner(detected: JsonValue, state: JsonValue, facts: PageFacts): PageStep<AutoState> {
    const step = this.#create(detected).next(state, facts);
    return "state" in step ? { ...step, state: { detected, inner: step.state } } : step;
  }
}

/** Reads `{ type: "auto", prefetch }`. */
export function autoFromConfig(config: ConfigReader, create: (config: unknown) => Paginator): AutoPaginator {
  const prefetch = readPrefetch(config);
  config.done();
  return new AutoPaginator(create, prefetch);
}

function guessed(recognised: string): Warning {
  return {
    code: "paginator-guessed",
    message: `The paginator was guessed from the first response. Check it and write it down: paginator: ${recognised}`,
  };
}

/** A page of a round size, or of just the size that was asked for, seldom is all there is. */
function looksFull(facts: PageFacts): boolean {
  const count = facts.items.length;
  return (count >= 10 && count % 5 === 0) || isExactlyFull(facts);
}

function incomplete(facts: PageFacts): readonly Warning[] {
  const promised = promisesMore(facts);
  if (!promised && !looksFull(facts)) return [];
  const why = promised ? "says that there is more" : "looks full";
  return [
    {
      code: "full-page-no-next",
      message: `The first page (rows: ${facts.items.length}) ${why}, but no next page was recognised: the load may be incomplete. Configure a paginator, or "single_page" if this is all.`,
    },
  ];
}
