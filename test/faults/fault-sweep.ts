import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FAULT_POINTS, type FaultPoint } from "../../src/core/fault-point.js";
import {
  type FaultPlan,
  type ProcessOptions,
  runProcess,
  snapshot,
  temporaryDirectory,
} from "../resilience/kill-driver.js";
import { ProjectApi } from "../resilience/project-api.js";

/** Points that only a run comes to that continues or sets aside another. */
const RESUMING: ReadonlySet<FaultPoint> = new Set([
  "lock-claimed",
  "lock-replace",
  "recover-truncate",
  "journal-reset",
  "reset-truncate",
  "set-aside",
]);
/** Only a load that is refused comes here: see `refusal.test.ts`. */
const REFUSED: ReadonlySet<FaultPoint> = new Set(["journal-rejected"]);

/** Writes that can be torn in two. */
const TEARABLE: ReadonlySet<FaultPoint> = new Set([
  "segment-write",
  "journal-page",
  "journal-sync",
  "journal-complete",
  "journal-published",
  "journal-reset",
]);

/** How often a run comes here depends on how fast the disk is. */
const TIMED: ReadonlySet<FaultPoint> = new Set(["sync-segments", "sync-journal", "journal-sync"]);

/** Writes that the disk may refuse. */
const REFUSABLE: ReadonlySet<FaultPoint> = new Set([
  "lock-draft",
  "package-draft",
  "segment-write",
  "journal-page",
  "sync-journal",
  "journal-complete",
  "journal-published",
]);

/** In the journal; dying before it leaves a generator in its middle, which is voided and run again. */
const THIRD_PAGE_OF_GENERATOR = '"p":3,"next":"more"';

/**
 * Requests that one death may cost: those in flight, the pages that were read and wait (four times as many), the pages of
 * the generator, and some that were asked for early, beyond the end of their list.
 */
const MOST_EXTRA = 8 + 32 + 5 + 8;

/** After every page, so that all points are reached in a short run. */
const RUN = { syncInterval: 0 };

/** One way to disturb a load: the process dies at each of these, one after the other, and then is left alone. */
export interface SweepCase {
  readonly faults: readonly FaultPlan[];
  /** Continues with another configuration after the first death, so that the package is set aside. */
  readonly changes?: boolean;
}

export interface SweepResult {
  readonly kills: number;
  /** Writes that were refused. */
  readonly refused: number;
  readonly resumed: number;
  /** Requests beyond those of the undisturbed load. */
  readonly extraRequests: number;
}

type Tables = Awaited<ReturnType<typeof snapshot>>;

/** A load over the tables of an earlier one, done once without disturbance, to be compared with. */
export class FaultSweep implements AsyncDisposable {
  /** How often the undisturbed load came to each point. */
  readonly counts: ReadonlyMap<FaultPoint, number>;
  private readonly expected: Tables;
  private readonly requests: number;
  private readonly base: Awaited<ReturnType<typeof temporaryDirectory>>;

  private constructor(
    base: Awaited<ReturnType<typeof temporaryDirectory>>,
    counts: ReadonlyMap<FaultPoint, number>,
    expected: Tables,
    requests: number,
  ) {
    this.base = base;
    this.counts = counts;
    this.expected = expected;
    this.requests = requests;
  }

  static async start(): Promise<FaultSweep> {
    const api = await ProjectApi.start();
    try {
      const base = await temporaryDirectory();
      await runProcess(api, base.path, { run: RUN });
      await using calm = await temporaryDirectory();
      await cp(base.path, calm.path, { recursive: true });
      api.version = 2;
      const countsFile = join(calm.path, "counts.json");
      const { requests } = await runProcess(api, calm.path, { run: RUN, fault: { countsFile } });
      const counts = new Map(Object.entries(JSON.parse(await readFile(countsFile, "utf8")) as Record<string, number>));
      const known = new Map(FAULT_POINTS.map((point) => [point, counts.get(point) ?? 0]));
      return new FaultSweep(base, known, await snapshot(calm.path), requests);
    } finally {
      await api.stop();
    }
  }

  /**
   * Every point with at most `hits` moments each, spread over the load. A point that only a resumed run comes to is put after
   * a death in the middle of the pages.
   */
  cases(hits: number): SweepCase[] {
    const cases: SweepCase[] = [];
    for (const point of FAULT_POINTS) {
      if (REFUSED.has(point)) continue;
      for (const action of actionsAt(point, hits)) {
        if (RESUMING.has(point)) {
          const first = { point: "journal-page", holding: THIRD_PAGE_OF_GENERATOR, action: "kill" } as const;
          cases.push({ faults: [first, { point, action }], changes: point === "set-aside" });
        } else {
          const moments = TIMED.has(point) ? hits : (this.counts.get(point) ?? 0);
          for (const hit of spread(moments, hits)) cases.push({ faults: [{ point, hit, action }] });
        }
      }
    }
    return cases;
  }

  /** Disturbs one load and brings it to its end. Fails when the tables are not those of the undisturbed one. */
  async run({ faults, changes = false }: SweepCase): Promise<SweepResult> {
    const name = JSON.stringify(faults);
    await using directory = await temporaryDirectory();
    await cp(this.base.path, directory.path, { recursive: true });
    const api = await ProjectApi.start();
    api.version = 2;
    try {
      let kills = 0;
      for (const fault of faults) {
        const variant = changes && kills > 0 ? "changed" : "";
        const options: ProcessOptions = { run: { ...RUN, variant }, fault, mayFail: fault.action === "ENOSPC" };
        const outcome = await runProcess(api, directory.path, options);
        if (outcome.killed) kills += 1;
        else if (fault.action === "ENOSPC") assert.match(outcome.error ?? "", /^SLUICE_PACKAGE: [^]*ENOSPC/, name);
        else assert.ok(fault.point !== undefined && TIMED.has(fault.point), `survived ${name}`);
      }
      const { resumed } = await runProcess(api, directory.path, { run: { ...RUN, variant: changes ? "changed" : "" } });
      assert.deepEqual(await snapshot(directory.path), this.expected, `other tables after ${name}`);
      const extraRequests = api.requests - this.requests;
      if (!changes)
        assert.ok(extraRequests <= faults.length * MOST_EXTRA, `${extraRequests} more requests after ${name}`);
      const refused = faults.filter(({ action }) => action === "ENOSPC").length;
      return { kills, refused, resumed: resumed ? 1 : 0, extraRequests };
    } finally {
      await api.stop();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.base[Symbol.asyncDispose]();
  }
}

/** With one moment each, a torn write stands for one that did not begin: what is before it has points of its own. */
function actionsAt(point: FaultPoint, hits: number): NonNullable<FaultPlan["action"]>[] {
  const isTorn = TEARABLE.has(point);
  return [
    ...(isTorn && hits === 1 ? [] : ["kill" as const]),
    ...(isTorn ? ["tear" as const] : []),
    ...(REFUSABLE.has(point) ? ["ENOSPC" as const] : []),
  ];
}

/** At most `n` whole numbers from 1 to `last`, the first and the last among them; the middle one when n is 1. */
function spread(last: number, n: number): number[] {
  if (last <= n) return Array.from({ length: last }, (_, i) => i + 1);
  if (n === 1) return [(last >> 1) + 1];
  return Array.from({ length: n }, (_, i) => 1 + Math.round((i * (last - 1)) / (n - 1)));
}

/** Runs `work` over the items, so many at a time. */
export async function eachOf<T, R>(items: readonly T[], parallel: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: parallel }, worker)); // Also when one fails: nothing goes on behind.
  for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
