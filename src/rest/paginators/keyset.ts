import type { Warning } from "../../core/warnings.js";
import { describeKeys } from "../body-keys.js";
import type { ConfigReader } from "../config-reader.js";
import { PaginationError } from "../errors.js";
import { compilePath, type CompiledPath } from "../json-path.js";
import type { RequestSpec } from "../request.js";
import { cursorValue, readInitial, type CursorValue } from "./cursor-value.js";
import type { EndOptions } from "./end-rules.js";
import type { PageCapOption } from "./page-cap.js";
import type { PageFacts, PageStep, Paginator } from "./paginator.js";
import { place, readPlacement, type Placement } from "./placement.js";
import { readHasMore } from "./reading.js";

/** Asks for what comes after the last row (`since_id`, `starting_after`). Not in dlt. */
export interface KeysetConfig extends Pick<EndOptions, "hasMorePath">, PageCapOption {
  readonly type: "keyset";
  /** JSONPath of the key within a row: unique, and what the API sorts by. Default `id`. */
  readonly keyPath?: string;
  /** Query parameter of the key. Default `after`. */
  readonly keyParam?: string;
  /** Path of the key in the body, instead of `keyParam`. */
  readonly keyBodyPath?: string;
  /** Request header of the key, instead of `keyParam`. */
  readonly keyHeader?: string;
  /** Key of the first request. Default: none. */
  readonly initialKey?: string | number | null;
}

/** The key of the last row of the page before, and the rows of the largest page so far. */
export type KeysetState = { readonly key: CursorValue | null; readonly most: number };

interface KeysetOptions {
  readonly keyPath: CompiledPath;
  readonly placement: Placement;
  readonly initial: CursorValue | null;
  readonly hasMorePath: CompiledPath | undefined;
}

/**
 * Ends with an empty page or when `hasMorePath` says so. APIs whose comparison includes the key (`since`) repeat the last row instead of sending
 * an empty page: a page smaller than an earlier one that does not come further is the end, too.
 */
export class KeysetPaginator implements Paginator<KeysetState> {
  readonly type: string = "keyset";
  readonly #options: KeysetOptions;

  constructor(options: KeysetOptions) {
    this.#options = options;
  }

  start(): KeysetState {
    return { key: this.#options.initial, most: 0 };
  }

  apply(request: RequestSpec, state: KeysetState): RequestSpec {
    return place(request, this.#options.placement, state.key);
  }

  next({ key: before, most }: KeysetState, facts: PageFacts): PageStep<KeysetState> {
    const { hasMorePath } = this.#options;
    const { items, page } = facts;
    if (items.length === 0) return { stop: "empty-page" };
    const warnings = [...this.#unordered(facts), ...this.#notUnique(before, facts)];
    const told = warnings.length > 0 ? { warnings } : {};
    if (hasMorePath !== undefined && !readHasMore(hasMorePath, facts)) return { stop: "has-more-false", ...told };
    const key = this.#keyOf(items.at(-1), page);
    if (key === before && items.length < most) return { stop: "no-next", ...told };
    return { state: { key, most: Math.max(most, items.length) }, ...told };
  }

  #keyOf(row: unknown, page: number): CursorValue {
    const { keyPath } = this.#options;
    const found = keyPath.first(row);
    if (found === undefined || found === null || found === "")
      throw new PaginationError(`The last row has no key at "${keyPath.path}"; it has: ${describeKeys(row)}`, {
        page,
        hint: "Set keyPath to the field that the API pages by, as seen from a row.",
      });
    return cursorValue(found, `The key at "${keyPath.path}"`, page);
  }

  /** Rows that share the last key are left out by the next request, or come twice where the comparison includes the key. */
  #notUnique(before: CursorValue | null, { items, page }: PageFacts): readonly Warning[] {
    const { path } = this.#options.keyPath;
    const [first, last, beforeLast] = [items[0], items.at(-1), items.at(-2)].map((row) => this.#plainKey(row));
    if (items.length > 1 && last !== undefined && last === beforeLast) {
      const message = `The last rows of page ${page} have the same "${path}": others that have it may be missing from the next page. Page by a field that is unique.`;
      return [{ code: "keyset-not-unique", message }];
    }
    if (before === null || first === undefined || String(first) !== String(before)) return [];
    const message = `Page ${page} begins with the "${path}" that it was asked to begin after: the API includes it, so the row comes twice. Set primaryKey and merge, or find a parameter that excludes it.`;
    return [{ code: "keyset-inclusive", message }];
  }

  #plainKey(row: unknown): string | number | bigint | undefined {
    const key = this.#options.keyPath.first(row);
    return typeof key === "string" || typeof key === "number" || typeof key === "bigint" ? key : undefined;
  }

  /** The key of the last row says nothing of what follows when the rows come in another order. */
  #unordered({ items, page }: PageFacts): readonly Warning[] {
    const { keyPath } = this.#options;
    const keys = items.map((row) => keyPath.first(row));
    // Texts have orders of their own in every database.
    if (!keys.every((key) => typeof key === "number")) return [];
    const rises = keys.every((key, i) => i === 0 || key >= (keys[i - 1] ?? key));
    const falls = keys.every((key, i) => i === 0 || key <= (keys[i - 1] ?? key));
    if (rises || falls) return [];
    return [
      {
        code: "keyset-unordered",
        message: `The rows of page ${page} are not in the order of "${keyPath.path}": rows may be missing or come twice. Make the API sort by it.`,
      },
    ];
  }
}

/** Reads `{ type: "keyset", keyPath, keyParam, … }`. */
export function keysetFromConfig(config: ConfigReader): KeysetPaginator {
  const options = {
    keyPath: compilePath(config.name("keyPath", "id")),
    placement: readPlacement(config, "key", "after"),
    initial: readInitial(config, "initialKey"),
    hasMorePath: config.jsonPath("hasMorePath"),
  };
  config.done();
  return new KeysetPaginator(options);
}
