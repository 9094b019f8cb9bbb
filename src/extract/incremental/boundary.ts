import { createHash } from "node:crypto";
import { excerpt } from "../../core/errors.js";
import type { Row } from "../../core/json.js";
import { dltJson } from "./dlt-json.js";
import { IncrementalError } from "./incremental-error.js";
import { compareText } from "./text-order.js";

/** Base64 characters of a hash: 15 bytes of SHAKE-128, as dlt wrote until 1.28 and still reads. */
const HASH_LENGTH = 20;

/** What the boundary did since it was last asked. */
export interface BoundaryChange {
  /** True: forget the hashes before `added`; the last value moved. */
  readonly reset: boolean;
  readonly added: readonly string[];
}

/**
 * The rows that stand exactly at the last cursor value, as hashes of their key (of the whole row, without a key). The
 * next run starts at that value and must know which of its rows it already has.
 *
 * dlt from 1.29 on writes 12 characters, the beginning of the same hash; hashes found in that form are matched and
 * continued in it, because dlt takes a set for one form or the other.
 */
export class Boundary {
  private readonly resource: string;
  /** Undefined: the whole row. */
  private readonly key: string | readonly string[] | undefined;
  /** What earlier runs loaded at the start value; fixed during the run. */
  private readonly loaded: ReadonlySet<string>;
  private readonly loadedLength: number;
  private readonly hashes: Set<string>;
  private length: number;
  /** Key values (or rows) at the last value that are not hashed yet: most are superseded within their page. */
  private pending: unknown[] = [];
  private added: string[] = [];
  private reset = false;

  constructor(resource: string, key: string | readonly string[] | undefined, stored: readonly string[]) {
    this.resource = resource;
    this.key = key;
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
    this.length = HASH_LENGTH;
  }

  /** `row` stands at the current last value, too. */
  add(row: Row, index: number | undefined): void {
    this.pending.push(this.identity(row, index));
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
    if (!this.reset && this.added.length === 0) return undefined;
    const change = { reset: this.reset, added: this.added };
    this.reset = false;
    this.added = [];
    return change;
  }

  /** Replays a change that `takeChange` gave. */
  restore(change: BoundaryChange): void {
    if (change.reset) {
      this.hashes.clear();
      this.length = HASH_LENGTH;
    }
    for (const hash of change.added) this.hashes.add(hash);
  }

  private settle(): void {
    for (const identity of this.pending) {
      const hash = this.hash(identity).slice(0, this.length);
      if (this.hashes.has(hash)) continue;
      this.hashes.add(hash);
      this.added.push(hash);
    }
    this.pending = [];
  }

  private identity(row: Row, index: number | undefined): unknown {
    if (this.key === undefined) return row;
    return typeof this.key === "string"
      ? this.keyValue(row, this.key, index)
      : this.key.map((name) => this.keyValue(row, name, index));
  }

  private keyValue(row: Row, name: string, index: number | undefined): unknown {
    if (Object.hasOwn(row, name)) return row[name];
    throw new IncrementalError(`A row has no "${name}", which is part of the primary key`, {
      resource: this.resource,
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
        resource: this.resource,
        hint: "Give the resource a `primaryKey`, so that only the key is hashed.",
      });
    }
  }
}
