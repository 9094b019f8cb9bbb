import * as fc from "fast-check";
import { expect, it } from "vitest";
import { resource, source } from "sluice";
import { pipelineScene } from "../support/pipeline-scene.js";

const numbers = fc.constantFrom(0, 1, -1, 1.5, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 63n, 10n ** 37n, 1e300, 0.1);
const times = fc.constantFrom("2024-01-01T00:00:00Z", "2024-01-01T02:30:00.125+02:00");
const others = fc.oneof(
  fc.constantFrom(null, "x", "two words"),
  fc.constantFrom({ in: 1 }, { in: 1.5 }, { in: null }, { in: "x" }, { in: { deep: 2n ** 64n } }),
  fc.constantFrom([], [1], [1.5, 2], ["x", null], [{ in: 1 }], [[1], [2.5]]),
);
/** Values of one key. Not numbers beside times: in a column of times a number is seconds, as in dlt, and elsewhere a number. */
const kinds = [fc.oneof(numbers, others), fc.oneof(times, others)];
const rows = fc
  .tuple(fc.constantFrom(...kinds), fc.constantFrom(...kinds))
  .chain(([a, b]) => fc.array(fc.record({ a, b }, { requiredKeys: [] }), { minLength: 2, maxLength: 5 }));

/** A number or a time in one spelling, whatever type its column has. */
function spelled(stored: unknown): string {
  const text = typeof stored === "number" ? spelledNumber(stored) : String(stored);
  const instant = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instant)) return new Date(instant).toISOString();
  const isFraction = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) && /[.e]/.test(text);
  return isFraction ? spelledNumber(Number(text)) : text;
}

function spelledNumber(number: number): string {
  return String(Number.isInteger(number) ? BigInt(number) : number);
}

/** A row as its values by key, whether they stand in the column of the key or in a variant of it. */
function values(row: Record<string, unknown>): string {
  const byKey = Object.entries(row).map(([column, stored]) => `${column.replace(/__v_.*/, "")}=${spelled(stored)}`);
  return byKey.sort().join(" ");
}

it("the order of rows does not change the values that are read back", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (documents) => {
      await using scene = await pipelineScene();
      const numbered = documents.map((document, n) => ({ n, ...document }));
      const orders = {
        same: numbered,
        reversed: numbered.toReversed(),
        turned: [...numbered.slice(1), ...numbered.slice(0, 1)],
      };
      await scene.pipeline.run(
        Object.entries(orders).map(([name, order]) => source({ name }, [resource<object>({ name }, order)])),
      );
      const nested = ["__a", "__b", "__a__list", "__b__list"];
      const tables = await scene.values("SELECT table_name FROM duckdb_tables()");
      for (const suffix of ["", ...nested]) {
        const stored = [];
        for (const name of Object.keys(orders)) {
          if (!tables.includes(name + suffix)) continue;
          stored.push((await scene.rows(name + suffix)).map(values).sort());
        }
        expect(stored.length === 0 || stored.length === 3, `${suffix} in all orders or in none`).toBe(true);
        for (const one of stored) expect(one, `rows of …${suffix}`).toEqual(stored[0]);
      }
    }),
    { numRuns: Number(process.env["SLUICE_PROPERTY_RUNS"] ?? 8), interruptAfterTimeLimit: 100_000 },
  );
});
