import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "../../core/json.js";
import type { Warning } from "../../core/warnings.js";
import { createIncrementalRun } from "./create-run.js";
import { cursorOrder } from "./cursor-order.js";
import type {
  CursorValue,
  IncrementalConfig,
  IncrementalRun,
  IncrementalRunOptions,
  StoredIncremental,
  StoredParentCursor,
} from "./incremental-run.js";

/** Cursors of parents that the state holds: some 100 bytes each, and the state travels whole. */
const MOST_PARENTS = 10_000;

/** The cursors of one resource during one run: one for all of its rows, or one for each row of its parent. */
export interface CursorSet {
  readonly config: IncrementalConfig;
  /** The cursor of the rows that belong to a parent row. */
  of(bound: JsonValue): IncrementalRun;
  /** All pages of a parent row (of the resource, if it has no parent) are through; not all were read, when `complete` is false. */
  close(bound: JsonValue, complete: boolean): void;
  /** What to store once everything was read; undefined: what is stored stays. */
  result(): StoredIncremental | undefined;
  /** What to store although pages of this resource were left out; undefined: what is stored stays. */
  resultSoFar(): StoredIncremental | undefined;
  /** Doubts that came up while the result was made. */
  takeWarnings(): Warning[];
}

export interface CursorSetOptions extends Omit<IncrementalRunOptions, "parents"> {
  /** What tells parent rows apart; undefined for a resource without a parent. */
  readonly keyOf: ((bound: JsonValue) => string) | undefined;
}

/** Starts the cursors of a resource. Throws as `createIncrementalRun`. */
export function createCursors(config: IncrementalConfig, options: CursorSetOptions): CursorSet {
  const { keyOf, ...rest } = options;
  if (keyOf !== undefined && config.cursorScope === "parent") return new ParentCursors(config, rest, keyOf);
  return new SharedCursor(config, createIncrementalRun(config, { ...rest, ...(keyOf && { parents: "many" }) }), keyOf);
}

class SharedCursor implements CursorSet {
  readonly config: IncrementalConfig;
  private readonly cursor: IncrementalRun;
  private readonly hasParent: boolean;

  constructor(config: IncrementalConfig, cursor: IncrementalRun, keyOf: CursorSetOptions["keyOf"]) {
    this.config = config;
    this.cursor = cursor;
    this.hasParent = keyOf !== undefined;
  }

  of(): IncrementalRun {
    return this.cursor;
  }

  close(): void {
    // It goes on with the next parent row.
  }

  result(): StoredIncremental | undefined {
    return this.cursor.result();
  }

  resultSoFar(): StoredIncremental | undefined {
    return this.hasParent ? undefined : this.cursor.resultSoFar();
  }

  takeWarnings(): Warning[] {
    return [];
  }
}

/** One cursor per parent row. Only those of rows in work exist; of the others there is what has to be stored. */
class ParentCursors implements CursorSet {
  readonly config: IncrementalConfig;
  private readonly options: Omit<CursorSetOptions, "keyOf">;
  private readonly keyOf: (bound: JsonValue) => string;
  private readonly before: Readonly<Record<string, StoredParentCursor>>;
  private readonly open = new Map<string, IncrementalRun>();
  /** The most recently moved last. */
  private readonly moved = new Map<string, StoredParentCursor>();
  private hasForgotten = false;
  /** Parent rows whose cursor stays behind what was read. */
  private held = 0;

  constructor(
    config: IncrementalConfig,
    options: Omit<CursorSetOptions, "keyOf">,
    keyOf: (bound: JsonValue) => string,
  ) {
    this.config = config;
    this.options = options;
    this.keyOf = keyOf;
    this.before = options.stored?.parents ?? {};
    createIncrementalRun(config, { ...options, stored: undefined }); // A wrong range is an error before the first request.
  }

  of(bound: JsonValue): IncrementalRun {
    const key = this.keyOf(bound);
    const known = this.open.get(key);
    if (known !== undefined) return known;
    const stored = Object.hasOwn(this.before, key) ? this.before[key] : undefined;
    const cursor = createIncrementalRun(this.config, { ...this.options, parents: "one", stored });
    this.open.set(key, cursor);
    return cursor;
  }

  close(bound: JsonValue, complete: boolean): void {
    const key = this.keyOf(bound);
    const cursor = this.open.get(key);
    this.open.delete(key);
    const whole = cursor?.result();
    const result = complete && cursor?.windows === undefined ? whole : cursor?.resultSoFar();
    if (whole !== undefined && !isDeepStrictEqual(result?.last_value, whole.last_value)) this.held += 1;
    if (result?.last_value === undefined) return;
    const { last_value, unique_hashes = [] } = result;
    this.moved.delete(key);
    this.moved.set(key, { last_value, ...(unique_hashes.length > 0 && { unique_hashes }) });
    const [oldest] = this.moved.keys();
    if (this.moved.size > MOST_PARENTS + 1 && oldest !== undefined) this.moved.delete(oldest);
  }

  result(): StoredIncremental | undefined {
    if (this.moved.size === 0) return undefined;
    const all = [...Object.entries(this.before).filter(([key]) => !this.moved.has(key)), ...this.moved];
    const kept = all.slice(-MOST_PARENTS);
    this.hasForgotten = kept.length < all.length;
    const initial = this.config.initialValue ?? null;
    return {
      initial_value: this.options.stored?.initial_value ?? initial,
      // Whoever goes on with one cursor for all (dlt does) starts where nothing of any parent is passed over.
      last_value: this.hasForgotten ? initial : this.leastFar(kept.map(([, { last_value }]) => last_value)),
      unique_hashes: [],
      start_value: this.options.stored?.last_value ?? initial,
      parents: Object.fromEntries(kept),
    };
  }

  resultSoFar(): StoredIncremental | undefined {
    return this.result();
  }

  takeWarnings(): Warning[] {
    const { resource } = this.options;
    const warnings: Warning[] = [];
    if (this.held > 0) {
      const message = `The cursors of some parent rows of "${resource}" stay where they were, since a limit or a skipped page left rows out; the next run reads their rows again (merge keeps them from being repeated)`;
      warnings.push({ code: "cursor-held", resource, count: this.held, message });
    }
    if (!this.hasForgotten) return warnings;
    const message = `"${resource}" has more than ${MOST_PARENTS} parent rows with a cursor of their own; those that moved longest ago are forgotten and will be read from the initial value`;
    return [...warnings, { code: "parent-cursors-full", resource, message }];
  }

  private leastFar(values: readonly CursorValue[]): CursorValue {
    const order = cursorOrder(this.config.lastValueFunc, this.options.resource);
    let [least = null] = values;
    for (const value of values) if ((order.relation(value, least) ?? 0) < 0) least = value;
    return least;
  }
}
