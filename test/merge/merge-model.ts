/** What a merge does to a table, in memory and row by row: written from the documentation, not from the SQL. */

/** A document as it is loaded. Nested rows stand in `kids` and in the `tags` of a kid. */
export interface Doc {
  readonly id: number | null;
  readonly part: number | null;
  readonly day: number | null;
  readonly v: number;
  readonly rank: number | null;
  readonly gone: boolean | null;
  readonly kids: readonly Kid[];
}

export interface Kid {
  readonly k: number;
  readonly tags: readonly number[];
}

export type KeyField = "id" | "part" | "day";

/** How a table is merged. */
export interface MergeRules {
  readonly strategy: "delete-insert" | "upsert" | "insert-only" | "scd2";
  readonly primaryKey: readonly KeyField[];
  readonly mergeKey: readonly KeyField[];
  /** Order of `rank` by which one of the rows with the same primary key is chosen. */
  readonly dedupSort: "asc" | "desc" | undefined;
  /** Rows whose `gone` is true are deleted. */
  readonly hardDelete: boolean;
  /** scd2: `v` tells the versions of a key apart, not the whole document. */
  readonly versioned: boolean;
}

/** A row of the table. */
export interface Version {
  readonly doc: Doc;
  /** False: a version of scd2 that is not valid any more. */
  readonly active: boolean;
}

/** The table after one more batch. */
export function mergeBatch(table: readonly Version[], batch: readonly Doc[], rules: MergeRules): Version[] {
  if (batch.length === 0) return [...table];
  return rules.strategy === "scd2" ? history(table, batch, rules) : byKey(table, batch, rules);
}

function byKey(table: readonly Version[], batch: readonly Doc[], rules: MergeRules): Version[] {
  const { strategy, primaryKey, mergeKey, hardDelete } = rules;
  const chosen = chooseOnePerKey(batch, rules).filter((doc) => !(hardDelete && doc.gone === true));
  const inBatch = (key: readonly KeyField[], doc: Doc): boolean => batch.some((other) => isSame(key, doc, other));
  if (strategy === "insert-only") {
    const added = chosen.filter((doc) => !table.some((version) => isSame(primaryKey, version.doc, doc)));
    return [...table, ...added.map(fresh)];
  }
  const keys = strategy === "upsert" ? [primaryKey] : [primaryKey, mergeKey];
  const kept = table.filter(({ doc }) => !keys.some((key) => inBatch(key, doc)));
  return [...kept, ...chosen.map(fresh)];
}

/** The first by the declared order, nulls last; among equals, or without an order, the last that was read. */
function chooseOnePerKey(batch: readonly Doc[], { primaryKey, dedupSort }: MergeRules): Doc[] {
  const chosen: Doc[] = [];
  for (const doc of batch) {
    const at = chosen.findIndex((other) => isSame(primaryKey, doc, other));
    const rival = chosen[at];
    if (rival === undefined) chosen.push(doc);
    else if (dedupSort === undefined || comesNoLater(doc.rank, rival.rank, dedupSort)) chosen[at] = doc;
  }
  return chosen;
}

function comesNoLater(a: number | null, b: number | null, order: "asc" | "desc"): boolean {
  if (a === null || b === null) return b === null;
  return order === "asc" ? a <= b : a >= b;
}

function history(table: readonly Version[], batch: readonly Doc[], rules: MergeRules): Version[] {
  const { mergeKey, primaryKey, versioned } = rules;
  const key = [...new Set([...primaryKey, ...mergeKey])];
  const keyOf = (doc: Doc): string => JSON.stringify(key.map((field) => doc[field]));
  // A declared version counts within its key; otherwise the whole document is the version.
  const versionOf = (doc: Doc): string => (versioned ? `${doc.v} of ${keyOf(doc)}` : JSON.stringify(doc));
  const hasKey = (doc: Doc): boolean => key.length > 0 && key.every((field) => doc[field] !== null);
  const come = new Map(batch.map((doc) => [versioned && hasKey(doc) ? versionOf(doc) : JSON.stringify(doc), doc]));
  const coming = new Set([...come.values()].map(versionOf));
  const isConcerned = (doc: Doc): boolean =>
    mergeKey.length === 0 || batch.some((other) => isSame(mergeKey, doc, other));
  const after = table.map((version) => {
    const { doc, active } = version;
    return active && !coming.has(versionOf(doc)) && isConcerned(doc) ? { ...version, active: false } : version;
  });
  const isActive = (version: string): boolean => after.some(({ doc, active }) => active && versionOf(doc) === version);
  const added = [...come.values()].filter((doc) => !isActive(versionOf(doc)));
  return [...after, ...added.map(fresh)];
}

function fresh(doc: Doc): Version {
  return { doc, active: true };
}

/** Null is never the same as anything, and no key matches nothing. */
function isSame(key: readonly KeyField[], a: Doc, b: Doc): boolean {
  return key.length > 0 && key.every((field) => a[field] !== null && a[field] === b[field]);
}
