import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import type { Row } from "../../core/json.js";
import {
  createIncrementalRun,
  type CursorValue,
  type IncrementalConfig,
  IncrementalError,
  type IncrementalRun,
  type StoredIncremental,
} from "./index.js";

type Key = string | readonly string[];

function start(config: Partial<IncrementalConfig> = {}, stored?: StoredIncremental, primaryKey?: Key): IncrementalRun {
  return createIncrementalRun(
    { cursorPath: "u", ...config },
    {
      resource: "issues",
      stored,
      now: "2024-03-01T00:00:00.000Z",
      ...(primaryKey === undefined ? {} : { primaryKey }),
    },
  );
}

/** Rows `{ id, u }`, id being the position in the batch. */
function batch(...cursors: readonly unknown[]): Row[] {
  return cursors.map((u, id) => ({ id, u }));
}

function keep(run: IncrementalRun, rows: readonly Row[]): Row[] {
  return rows.filter((row, i) => run.accept(row, i));
}

/** Runs over the batches one after the other; how many rows each run kept and the state after the last. */
function runs(
  config: Partial<IncrementalConfig>,
  batches: readonly (readonly Row[])[],
  primaryKey?: Key,
): { kept: number[]; stored: StoredIncremental | undefined } {
  let stored: StoredIncremental | undefined;
  const kept = batches.map((rows) => {
    const run = start(config, stored, primaryKey);
    const count = keep(run, rows).length;
    stored = run.result() ?? stored;
    return count;
  });
  return { kept, stored };
}

const at = (time: string): string => `2024-01-01T${time}Z`;

describe("which rows are new", () => {
  it.each<[string, Partial<IncrementalConfig>, Row[][], number[], CursorValue | undefined]>([
    ["no bounds", {}, [batch(1, 2, 3), batch(3, 4), batch(4, 4), batch(2)], [3, 2, 1, 0], 4],
    ["initial", { initialValue: 5 }, [batch(1, 5, 7)], [2], 7],
    ["end", { initialValue: 5, endValue: 10 }, [batch(1, 5, 7, 10)], [2], undefined],
    ["closed end", { initialValue: 5, endValue: 10, rangeEnd: "closed" }, [batch(5, 10, 11)], [2], undefined],
    ["open start", { rangeStart: "open" }, [batch(1, 5), batch(5, 6)], [2, 1], 6],
    ["lag", { lag: 2 }, [batch(1, 10), batch(7, 8, 9, 10, 11)], [2, 4], 11],
    [
      "lag on timestamps",
      { lag: 3600 },
      [batch(at("10:00:00")), batch(at("08:59:00"), at("09:00:00"), at("10:01:00"))],
      [1, 2],
      at("10:01:00"),
    ],
    ["lag on dates", { lag: 1 }, [batch("2024-03-01"), batch("2024-02-28", "2024-02-29")], [1, 1], "2024-03-01"],
    ["min", { lastValueFunc: "min" }, [batch(5, 3), batch(2, 3, 9)], [2, 1], 2],
    ["include", { onCursorValueMissing: "include" }, [batch(null, 1), batch(null)], [2, 1], 1],
    ["exclude", { onCursorValueMissing: "exclude" }, [batch(null, 1)], [1], 1],
    ["bigints and numbers", {}, [batch(2n ** 60n, 5), batch(2n ** 60n + 1n, 6)], [2, 1], 2n ** 60n + 1n],
    [
      "dates from a generator",
      {},
      [batch(new Date(0)), batch(new Date(1), "1970-01-01T00:00:00Z")],
      [1, 2],
      "1970-01-01T00:00:00.001Z",
    ],
    [
      "a function",
      { lastValueFunc: (values) => Math.max(...values.map((v) => Math.abs(Number(v)))) },
      [batch(-3, 2), batch(-5, 1)],
      [2, 1],
      5,
    ],
  ])("%s", (_, config, batches, kept, last) => {
    const done = runs(config, batches);
    expect(done.kept).toEqual(kept);
    expect(done.stored?.last_value).toBe(last);
  });

  it("knows boundary rows by their key, whatever else changed in them", () => {
    const { kept } = runs(
      {},
      [
        batch(1, 3),
        [
          { id: 1, u: 3, changed: true },
          { id: 9, u: 3 },
        ],
      ],
      "id",
    );
    expect(kept).toEqual([2, 1]);
    expect(runs({ primaryKey: [] }, [batch(1, 3), batch(3)], "id")).toMatchObject({
      kept: [2, 1],
      stored: { unique_hashes: [] },
    });
  });

  it("reads nested paths and takes the first of several matches", () => {
    const run = start({ cursorPath: "lines[*].at" });
    expect(keep(run, [{ lines: [{ at: 3 }, { at: 7 }, { at: null }] }, { lines: [{ at: 5 }] }])).toHaveLength(2);
    expect(run.lastValue).toBe(5);
  });

  it("keeps the start while the last value moves", () => {
    const run = start({ initialValue: 5 });
    keep(run, batch(9));
    expect(keep(run, batch(6, 4))).toEqual([{ id: 0, u: 6 }]);
    expect([run.startValue, run.lastValue, run.initialValue, run.endValue]).toEqual([5, 9, 5, null]);
  });

  it("never lets the lag cross the initial value, and stores the value without it", () => {
    const stored = { initial_value: 5, last_value: 6, unique_hashes: [], start_value: 5 };
    const run = start({ initialValue: 5, lag: 3 }, stored);
    expect(run.startValue).toBe(5);
    keep(run, batch(5));
    expect(run.result()).toEqual({ initial_value: 5, last_value: 6, unique_hashes: [], start_value: 6 });
  });

  it("ignores the stored state of a backfill and leaves it alone", () => {
    const run = start({ initialValue: 1, endValue: 9 }, { initial_value: 0, last_value: 50, unique_hashes: [] });
    expect(keep(run, batch(4))).toHaveLength(1);
    expect(run.result()).toBeUndefined();
  });

  it("stores nothing when no row came, and the old start when none was kept", () => {
    expect(start({ initialValue: 5 }).result()).toBeUndefined();
    const stored = { initial_value: 1, last_value: 8, unique_hashes: ["b", "a"], start_value: 3 };
    const run = start({}, stored);
    keep(run, batch(2));
    expect(run.result()).toEqual({ ...stored, unique_hashes: ["a", "b"] });
  });
});

describe("values sent to the API", () => {
  it("converts all but null", () => {
    const run = start({ convert: (value) => (typeof value === "number" ? -value : value) });
    expect([run.formatForRequest(null), run.formatForRequest(7)]).toEqual([null, -7]);
    expect(start().formatForRequest("x")).toBe("x");
  });

  it("names the value that convert failed for", () => {
    const run = start({ convert: () => { throw new Error("no"); } }); // prettier-ignore
    expect(() => run.formatForRequest("2024")).toThrowError(/`convert` failed.*"2024".*issues/);
  });
});

describe("rows that have no place", () => {
  it("lists the fields of a row without a cursor value", () => {
    const run = start({ cursorPath: "updatedAt" });
    const error = catchError(() => run.accept({ id: 1, updated_at: "2024" }, 3));
    expect(error).toBeInstanceOf(IncrementalError);
    expect(error).toMatchObject({ code: "SLUICE_INCREMENTAL", place: { resource: "issues", row: 3 } });
    expect(error.message).toMatch(
      /nothing at the cursor path "updatedAt"[\s\S]*"id", "updated_at"[\s\S]*onCursorValueMissing/,
    );
    expect(() => run.accept({ updatedAt: null })).toThrowError(/has null at the cursor path/);
    expect(() => start({ cursorPath: "a.b" }).accept({ a: {} })).toThrowError(/nothing at the cursor path "a\.b"/);
    expect(() => start({ cursorPath: "toString" }).accept({})).toThrowError(/nothing at the cursor path/);
  });

  it("does not compare text with numbers", () => {
    const run = start({ initialValue: "2024" });
    expect(() => run.accept({ u: 3 }, 0)).toThrowError(
      /3 \(number\).*the last value "2024" \(string\)[\s\S]*`initialValue`[\s\S]*map step/,
    );
    expect(() => start({}, { last_value: 3 }).accept({ u: "x" })).toThrowError(/reset the cursor/);
  });

  it.each([[{ a: 1 }], [[1]], [Number.NaN], [new Date(Number.NaN)]])("does not take %o for a cursor value", (u) => {
    expect(() => start().accept({ u })).toThrowError(/is no number, text or boolean/);
  });

  it("names the resource when lastValueFunc fails or returns nothing", () => {
    const broken = start({ lastValueFunc: () => JSON.parse("{") });
    expect(() => broken.accept({ u: 1 })).toThrowError(/`lastValueFunc` failed for \[1\].*issues/);
    const silent = start({ lastValueFunc: (values) => values[5] as number });
    expect(() => silent.accept({ u: 1 })).toThrowError(/`lastValueFunc` returned undefined/);
  });
});

describe("impossible ranges", () => {
  it.each<[Partial<IncrementalConfig>, RegExp]>([
    [{ endValue: 3 }, /needs an `initialValue`/],
    [{ initialValue: 5, endValue: 3 }, /`endValue` 3 comes before `initialValue` 5/],
    [{ initialValue: 3, endValue: 5, lastValueFunc: "min" }, /comes before/],
    [{ initialValue: "a", endValue: 5 }, /cannot be compared/],
    [{ lag: -1 }, /`lag` is -1/],
  ])("%o", (config, message) => {
    expect(() => start(config)).toThrowError(ConfigError);
    expect(() => start(config)).toThrowError(message);
  });

  it("says when the stored value takes no lag", () => {
    expect(() => start({ lag: 5 }, { last_value: "abc" })).toThrowError(/lag of 5 from the last cursor value "abc"/);
  });
});

describe("row order", () => {
  it("stops after a row older than the start, not after known boundary rows", () => {
    const stored = runs({}, [batch(5, 5)], "id").stored;
    const run = start({ rowOrder: "desc" }, stored, "id");
    expect(keep(run, batch(5, 5))).toEqual([]);
    expect(run.outOfRange).toBe(false);
    expect(keep(run, [{ id: 7, u: 5 }, { id: 8, u: 4 }])).toHaveLength(1); // prettier-ignore
    expect(run.outOfRange).toBe(true);
    expect(run.takeWarnings()).toEqual([]);
  });

  it("stops after a row beyond the end", () => {
    const run = start({ rowOrder: "asc", initialValue: 1, endValue: 3 });
    keep(run, batch(1, 2));
    expect(run.outOfRange).toBe(false);
    keep(run, batch(3));
    expect(run.outOfRange).toBe(true);
  });

  it("counts as `min` counts", () => {
    const run = start({ rowOrder: "desc", lastValueFunc: "min", initialValue: 5 });
    keep(run, batch(3, 4, 6));
    expect(run.outOfRange).toBe(true);
    expect(run.takeWarnings()).toEqual([]);
  });

  it("does not trust a declared order that the rows contradict", () => {
    const run = start({ rowOrder: "desc", initialValue: 5 });
    keep(run, batch(9, 4));
    expect(run.outOfRange).toBe(true);
    keep(run, batch(8, 4, 3, 9));
    expect(run.outOfRange).toBe(false);
    const warnings = run.takeWarnings();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: "row-order-violated", resource: "issues" });
    expect(warnings[0]?.message).toMatch(/desc order of "u", but 8 came after 4 \(row 0 of its page\)/);
    expect(run.takeWarnings()).toEqual([]);
  });

  it("says nothing about the rows of many parents", () => {
    const run = createIncrementalRun(
      { cursorPath: "u", rowOrder: "desc", initialValue: 5 },
      { resource: "r", stored: undefined, parents: "many", now: "2024-03-01T00:00:00.000Z" },
    );
    keep(run, batch(9, 4, 9));
    expect(run.outOfRange).toBe(false);
    expect(run.takeWarnings()).toEqual([]);
  });
});

describe("warnings", () => {
  it("tells of many rows at one value, once", () => {
    const run = start();
    keep(run, batch(...Array.from({ length: 201 }, () => 1)));
    expect(run.takeWarnings()).toMatchObject([{ code: "incremental-boundary-large" }]);
    keep(run, [{ id: -1, u: 1 }]);
    expect(run.takeWarnings()).toEqual([]);
  });

  it("tells that a function takes no lag", () => {
    expect(start({ lag: 1, lastValueFunc: (values) => values[0] ?? null }).takeWarnings()).toMatchObject([
      { code: "incremental-lag-ignored" },
    ]);
  });
});

describe("properties", () => {
  const cursor = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(3.5, 2n ** 70n));
  const rows = fc.array(fc.record({ id: fc.integer({ min: 0, max: 9 }), u: fc.option(cursor) }), { maxLength: 30 });
  const config = fc.record(
    {
      lastValueFunc: fc.constantFrom<"max" | "min">("max", "min"),
      initialValue: fc.integer({ min: 0, max: 6 }),
      rangeStart: fc.constantFrom<"closed" | "open">("closed", "open"),
      rowOrder: fc.constantFrom<"asc" | "desc">("asc", "desc"),
      lag: fc.integer({ min: 0, max: 2 }),
      primaryKey: fc.constantFrom<Key>("id", ["id"], []),
    },
    { requiredKeys: [] },
  );
  const missing: Partial<IncrementalConfig> = { onCursorValueMissing: "exclude" };

  it("gives the same result however the rows are paged, and after replaying the records of the pages", () => {
    fc.assert(
      fc.property(config, rows, rows, fc.integer({ min: 1, max: 7 }), (given, earlier, now, size) => {
        const settings = { ...given, ...missing };
        const stored = runs(settings, [earlier]).stored;
        const whole = start(settings, stored);
        const kept = keep(whole, now);

        const paged = start(settings, stored);
        const records = [];
        const keptByPage: Row[] = [];
        for (let from = 0; from < now.length; from += size) {
          keptByPage.push(...keep(paged, now.slice(from, from + size)));
          const record = paged.takeProgress();
          if (record !== undefined) records.push(JSON.stringify(record));
        }
        const replayed = start(settings, stored);
        for (const record of records) replayed.restore(JSON.parse(record));

        expect(keptByPage).toEqual(kept);
        for (const other of [paged, replayed]) {
          expect(other.result()).toEqual(whole.result());
          expect(other.lastValue).toEqual(whole.lastValue);
          expect(other.outOfRange).toEqual(whole.outOfRange);
          expect(other.takeProgress()).toBeUndefined();
        }
      }),
    );
  });

  it("goes on after any page as if it had never stopped", () => {
    fc.assert(
      fc.property(config, rows, rows, (given, before, after) => {
        const settings = { ...given, ...missing };
        const first = start(settings);
        keep(first, before);
        const resumed = start(settings);
        const record = first.takeProgress();
        if (record !== undefined) resumed.restore(JSON.parse(JSON.stringify(record)));
        expect(keep(resumed, after)).toEqual(keep(first, after));
        expect(resumed.result()).toEqual(first.result());
        expect(resumed.outOfRange).toBe(first.outOfRange);
        expect(resumed.takeProgress()).toEqual(first.takeProgress());
      }),
    );
  });

  it("keeps nothing when the same rows come again", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<"max" | "min">("max", "min"),
        fc.constantFrom<Key | undefined>(undefined, "id"),
        rows,
        (lastValueFunc, key, given) => {
          const settings = { lastValueFunc, ...missing };
          const first = runs(settings, [given], key).stored;
          const second = start(settings, first, key);
          expect(keep(second, given)).toEqual([]);
          expect(second.result()?.last_value).toEqual(first?.last_value);
          expect(second.result()?.unique_hashes).toEqual(first?.unique_hashes);
        },
      ),
    );
  });
});

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
