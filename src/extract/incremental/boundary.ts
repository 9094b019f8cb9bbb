import { createHash } from "node:crypto";
import { excerpt } from "../../core/errors.js";
import type { Row } from "../../core/json.js";
import { dltJson } from "./dlt-json.js";
import { IncrementalError } from "./incremental-error.js";
import type { IncrementalConfig, IncrementalRunOptions } from "./incremental-run.js";
import { compareText } from "./text-order.js";

/** Base64 characters of a hash: 15 bytes of SHAKE-128, as dlt wrote until 1.28 and still reads. */
const HASH_LENGTH = 20;

/** Hashes that a cursor keeps: all of a resource's rows or those of one parent row, merged by key at the destination or not. */
const MOST_HASHES = { merged: { many: 10_000, one: 100 }, unmerged: { many: 100_000, one: 1000 } } as const;

/** What the boundary did since it was last asked. */
export interface BoundaryChange {
  /** True: forget the hashes before `added`; the last value moved. */
  readonly reset: boolean;
  readonly added: readonly string[];
  /** True: there are too many, none are kept. */
  readonly full?: boolean;
}

export interface BoundaryOptions {
  readonly resource: string;
  /** Undefined: the whole row. */
  readonly key: string | readonly string[] | undefined;
  /** Hashes of the rows that earlier runs loaded at the start value. */
  readonly stored: readonly string[];
  /** How many hashes are kept. */
  readonly most: number;
  /** True: rows that come again are put together by their key at the destination, so that more than `most` need no hashes. */
  readonly mayForget: boolean;
}

/**
 * The rows that stand exactly at the last cursor value, as hashes of their key (of the whole row, without a key). The
 * next run starts at that value and must know which of its rows it already has.
 *
 * dlt from 1.29 on writes 12 characters, the beginning of the same hash; hashes found in that form are matched and
 * continued in it, because dlt takes a set for one form or the other.
 */
export class Boundary {
  private readonly options: BoundaryOptions;
  /** What earlier runs loaded at the start value; fixed during the run. */
  private readonly loaded: ReadonlySet<string>;
  private readonly loadedLength: number;
  private readonly hashes: Set<string>;
  private length: number;
  /** Key values (or rows) at the last value that are not hashed yet: most are superseded within their page. */
  private pending: unknown[] = [];
  private added: string[] = [];
  private reset = false;
  private full = false;
  private becameFull = false;

  constructor(options: BoundaryOptions) {
    const { stored } = options;
    this.options = options;
    this.loaded = new Set(stored);
    const isShort = stored.length > 0 && stored.every((hash) => hash.length < HASH_LENGTH);
    this.loadedLength = isShort ? Math.max(...stored.map((hash) => hash.length)) : HASH_LENGTH;
    this.hashes = new Set(stored);
    this.length = this.loadedLength;
  }

  /** True when an earlier run loaded this row, which stands at the start value. */
  wasLoaded(row: Row, index: number | undefined): boolean {
    if (this.loaded.size === 0) return false;
    return this.loaded.has(this.hash(this.identity(row, index)).slice(0, this.loadedLength));
  }

  /** `row` is the first at a new last value. */
  restart(row: Row, index: number | undefined): void {
    this.pending = [this.identity(row, index)];
    this.hashes.clear();
    this.added = [];
    this.reset = true;
    this.full = false;
    this.becameFull = false;
    this.length = HASH_LENGTH;
  }

  /** `row` stands at the current last value, too. */
  add(row: Row, index: number | undefined): void {
    if (!this.full) this.pending.push(this.identity(row, index));
  }

  /** Sorted, so that the same set is the same state. */
  list(): string[] {
    this.settle();
    return [...this.hashes].sort(compareText);
  }

  get size(): number {
    this.settle();
    return this.hashes.size;
  }

  takeChange(): BoundaryChange | undefined {
    this.settle();
    if (!this.reset && this.added.length === 0 && !this.becameFull) return undefined;
    const change = { reset: this.reset, added: this.added, full: this.becameFull };
    this.reset = false;
    this.becameFull = false;
    this.added = [];
    return change;
  }

  /** Replays a change that `takeChange` gave. */
  restore(change: BoundaryChange): void {
    if (change.reset) {
      this.hashes.clear();
      this.length = HASH_LENGTH;
      this.full = false;
    }
    for (const hash of change.added) this.hashes.add(hash);
    if (change.full === true) this.forget();
  }

  private settle(): void {
    for (const identity of this.pending) {
      const hash = this.hash(identity).slice(0, this.length);
      if (this.hashes.has(hash)) continue;
      this.hashes.add(hash);
      this.added.push(hash);
      if (this.hashes.size <= this.options.most) continue;
      if (!this.options.mayForget) throw this.tooMany();
      this.forget();
      this.becameFull = true;
      break;
    }
    this.pending = [];
  }

  private forget(): void {
    this.hashes.clear();
    this.added = [];
    this.full = true;
  }

  private tooMany(): IncrementalError {
    return new IncrementalError(
      `More than ${this.options.most} rows share one cursor value; so many cannot be remembered to keep the next run from repeating them`,
      {
        resource: this.options.resource,
        hint: 'Give the resource a `primaryKey` and `writeDisposition: "merge"`, which puts repeated rows together, or a finer `cursorPath`, or `rangeStart: "open"` where no row comes later at the same value.',
      },
    );
  }

  private identity(row: Row, index: number | undefined): unknown {
    const { key } = this.options;
    if (key === undefined) return row;
    return typeof key === "string"
      ? this.keyValue(row, key, index)
      : key.map((name) => this.keyValue(row, name, index));
  }

  private keyValue(row: Row, name: string, index: number | undefined): unknown {
    if (Object.hasOwn(row, name)) return row[name];
    throw new IncrementalError(`A row has no "${name}", which is part of the primary key`, {
      resource: this.options.resource,
      ...(index === undefined ? {} : { row: index }),
      hint: `The row is ${excerpt(row)}. Correct \`primaryKey\`, or set \`primaryKey: []\` in \`incremental\` to switch the boundary dedup off.`,
    });
  }

  private hash(identity: unknown): string {
    try {
      return createHash("shake128", { outputLength: 15 }).update(dltJson(identity), "utf8").digest("base64");
    } catch (cause) {
      throw new IncrementalError("A row cannot be hashed for the boundary dedup", {
        cause,
        resource: this.options.resource,
        hint: "Give the resource a `primaryKey`, so that only the key is hashed.",
      });
    }
  }
}

/** The boundary of a cursor that starts at the last value of the run before; undefined where the dedup is switched off. */
export function boundaryOf(
  config: IncrementalConfig,
  { resource, primaryKey, merges, parents = "many" }: IncrementalRunOptions,
  stored: readonly string[],
): Boundary | undefined {
  const key = config.primaryKey ?? primaryKey;
  if (config.rangeStart === "open" || (typeof key === "object" && key.length === 0)) return undefined;
  const mayForget = merges === true && primaryKey !== undefined;
  return new Boundary({
    resource,
    key,
    stored,
    mayForget,
    most: MOST_HASHES[mayForget ? "merged" : "unmerged"][parents],
  });
}
