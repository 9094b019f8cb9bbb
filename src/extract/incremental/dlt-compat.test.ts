import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Row } from "../../core/json.js";
import { createIncrementalRun, incremental, type IncrementalSnakeOptions, type StoredIncremental } from "./index.js";

/** What dlt 1.31.0 did with random rows: which it kept (indices over all pages of a run) and the state after it. */
interface RecordedCase {
  readonly incremental: IncrementalSnakeOptions;
  readonly primary_key: string | string[] | null;
  readonly runs: readonly {
    readonly pages: Row[][];
    readonly kept: number[];
    readonly state: StoredIncremental | null;
  }[];
}

const lines = readFileSync(new URL("fixtures/dlt-runs.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
const cases = lines.map((line) => JSON.parse(line) as RecordedCase);

/**
 * The state as dlt would have it: 1.29 and later keep the first 12 of the 20 characters that sluice (and dlt before)
 * writes, and store the initial value even when no row came.
 */
function asDlt(state: StoredIncremental | undefined, recorded: RecordedCase): StoredIncremental | null {
  if (state === undefined) {
    const { initial_value: initial = null, end_value: end } = recorded.incremental;
    return end === undefined
      ? ({ initial_value: initial, last_value: initial, unique_hashes: [], start_value: initial } as StoredIncremental)
      : null;
  }
  return { ...state, unique_hashes: (state.unique_hashes ?? []).map((hash) => hash.slice(0, 12)) };
}

function replay(
  recorded: RecordedCase,
  pages: readonly Row[][],
  stored: StoredIncremental | undefined,
): { kept: number[]; state: StoredIncremental | undefined } {
  const { primary_key: primaryKey } = recorded;
  const run = createIncrementalRun(incremental(recorded.incremental), {
    resource: "r",
    stored,
    now: "2024-03-01T00:00:00.000Z",
    ...(primaryKey === null ? {} : { primaryKey }),
  });
  const kept = pages.flat().flatMap((row, i) => (run.accept(row) ? [i] : []));
  return { kept, state: run.result() };
}

describe("the same rows and state as dlt", () => {
  it.each(cases.map((recorded, i) => [`${i}: ${JSON.stringify(recorded.incremental)}`, recorded] as const))(
    "%s",
    (_, recorded) => {
      let stored: StoredIncremental | undefined;
      for (const { pages, kept, state } of recorded.runs) {
        const own = replay(recorded, pages, stored);
        expect(own.kept).toEqual(kept);
        stored = own.state ?? stored;
        expect(asDlt(stored, recorded)).toEqual(state);
      }
    },
  );

  it("continues each state that dlt left, and goes on in its hash form until the value moves", () => {
    for (const recorded of cases) {
      let stored: StoredIncremental | undefined;
      for (const { pages, kept, state } of recorded.runs) {
        const own = replay(recorded, pages, stored);
        expect(own.kept).toEqual(kept);
        expect(asDlt(own.state ?? stored, recorded)).toEqual(state);
        const goesOn = own.state?.last_value === stored?.last_value && (stored?.unique_hashes ?? []).length > 0;
        const lengths = new Set((own.state?.unique_hashes ?? []).map((hash) => hash.length));
        expect([...lengths]).toEqual(lengths.size === 0 ? [] : [goesOn ? 12 : 20]);
        stored = state ?? undefined;
      }
    }
  });
});
