import { describe, expect, it } from "vitest";
import { eachOf, FaultSweep, type SweepResult } from "./fault-sweep.js";

/** Moments per point; `npm run faults` sets more. */
const HITS = Number(process.env["SLUICE_FAULT_HITS"] ?? 1);
const PARALLEL = 2;

describe("a load that dies at a durable step", () => {
  it(
    `ends with the tables of an undisturbed one, at every point (${HITS} each)`,
    { timeout: HITS * 300_000 },
    async () => {
      await using sweep = await FaultSweep.start();
      const results = await eachOf(sweep.cases(HITS), PARALLEL, (one) => sweep.run(one));
      const sum = (of: (result: SweepResult) => number): number => results.reduce((total, one) => total + of(one), 0);
      const extra = results
        .map((one) => one.extraRequests / Math.max(1, one.kills + one.refused))
        .sort((a, b) => a - b);
      expect(sum(({ kills }) => kills)).toBeGreaterThan(30);
      console.log(
        `${sum(({ kills }) => kills)} kills, ${sum(({ refused }) => refused)} refused writes, ${sum(({ resumed }) => resumed)} resumed, 0 rows lost, 0 repeated; extra requests per kill: median ${(extra[extra.length >> 1] ?? 0).toFixed(1)}, most ${extra.at(-1)?.toFixed(1)}`,
      );
    },
  );
});
