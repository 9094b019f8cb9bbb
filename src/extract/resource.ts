import { ConfigError, excerpt } from "../core/errors.js";
import { functionText } from "../core/function-text.js";
import type { Row } from "../core/json.js";
import { checkedHints } from "./checked-hints.js";
import type { ResourceHints } from "./hints.js";
import type { IncrementalConfig } from "./incremental/incremental-run.js";
import type { ParentLink, Reader } from "./reader.js";

/**
 * One processing step, applied to each row in the order of declaration: after the parent's fields were added, before
 * the incremental filter. Steps are synchronous and may return rows of another shape.
 */
export type Step =
  | { readonly kind: "filter"; readonly run: (row: never) => unknown }
  | { readonly kind: "map"; readonly run: (row: never) => unknown }
  | { readonly kind: "flatMap"; readonly run: (row: never) => Iterable<unknown> };

/** What happens when a page of the resource cannot be had: the run stops and can be resumed, or the rest goes on and the failure is reported. */
export type OnError = "fail" | "skip";

export interface ResourceDefinition {
  readonly name: string;
  readonly reader: Reader;
  readonly hints: ResourceHints;
  /** Set for child resources: which parent drives them. */
  readonly parent?: ParentLink;
  readonly steps: readonly Step[];
  readonly incremental?: IncrementalConfig;
  /** False: read because children need it, but not loaded. Default true. */
  readonly selected: boolean;
  /** True: not chosen for this run (`withResources`); when it is read for its children, its state stays as it is. */
  readonly leftOut?: boolean;
  /** Stop after so many pages (0: none). */
  readonly limit?: number;
  /** Default `fail`. */
  readonly onError: OnError;
  /** Text that stands for everything that decides which rows come (config, function sources); part of the run's fingerprint. */
  readonly fingerprint: string;
}

/**
 * A stream of rows that goes into one table (and its nested tables). Immutable: every method returns a changed copy, so
 * that one definition can be used in several sources.
 *
 * @typeParam T the rows as they leave the last step.
 */
export class Resource<T = Row> {
  readonly definition: ResourceDefinition;
  /** Only for the compiler. */
  declare readonly rowType: T;

  constructor(definition: ResourceDefinition) {
    if (definition.name.trim() === "")
      throw new ConfigError("A resource needs a name", {
        hint: 'Give `name`, for example `resource({ name: "users" }, …)`.',
      });
    this.definition = definition;
  }

  get name(): string {
    return this.definition.name;
  }

  /** Keeps the rows for which `keep` is truthy. */
  filter(keep: (row: T) => unknown): Resource<T> {
    return this.withStep({ kind: "filter", run: keep });
  }

  /** Replaces each row by what `change` returns. */
  map<U>(change: (row: T) => U): Resource<U> {
    return this.withStep({ kind: "map", run: change });
  }

  /** Replaces each row by any number of rows. dlt: `yield_map`. */
  flatMap<U>(split: (row: T) => Iterable<U>): Resource<U> {
    return this.withStep({ kind: "flatMap", run: split });
  }

  /** Stops after `pages` pages, as dlt's `add_limit`. For a child resource: pages per parent row. */
  limit(pages: number): Resource<T> {
    if (!Number.isInteger(pages) || pages < 0)
      throw new ConfigError(`limit(${pages}): the number of pages must be a whole number from 0`, {
        resource: this.name,
      });
    return this.with({ limit: pages });
  }

  /** The same resource with other hints; given ones win. Throws `ConfigError` for hints that do not exist. */
  withHints(hints: ResourceHints): Resource<T> {
    const given = checkedHints<ResourceHints>(hints, `hints of ${excerpt(this.name)}`);
    return this.with({ hints: { ...this.definition.hints, ...given } });
  }

  /** A copy with parts of the definition replaced. */
  with(changes: Partial<ResourceDefinition>): Resource<T> {
    return new Resource<T>({ ...this.definition, ...changes });
  }

  private withStep<U>(step: Step): Resource<U> {
    const { steps, fingerprint } = this.definition;
    return new Resource<U>({
      ...this.definition,
      steps: [...steps, step],
      fingerprint: `${fingerprint}|${step.kind}:${functionText(step.run)}\n`,
    });
  }
}
