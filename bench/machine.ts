import { readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** What one has to know of a machine to compare figures; neither its name nor its paths. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
  };
}

/** Seconds of processor time spent by everybody since the machine started. */
interface Spent {
  readonly busy: number;
  /** Taken by other guests of the same hardware. 0 where the system does not tell. */
  readonly stolen: number;
  readonly at: number;
}

/** How busy the machine was over a span, in processors: 1 is one processor fully used. */
export interface Busy {
  readonly busy: number;
  readonly stolen: number;
  readonly seconds: number;
}

/** Processors in use by others from which on a figure is not to be trusted. */
const MOST_BUSY = 0.3;
const MOST_STOLEN = 0.05;
const SAMPLE_MS = 300;

export function isLoaded({ busy, stolen }: Pick<Busy, "busy" | "stolen">): boolean {
  return busy > MOST_BUSY || stolen > MOST_STOLEN;
}

/** Watches the machine until it is quiet, or until `patienceMs` have passed; what it saw last. */
export async function waitUntilQuiet(patienceMs: number): Promise<Busy> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const since = watch();
    await sleep(SAMPLE_MS);
    const seen = since();
    if (!isLoaded(seen) || performance.now() >= deadline) return seen;
  }
}

/** Starts to watch; the returned function tells how busy the machine has been since. */
export function watch(): () => Busy {
  const before = spent();
  return () => {
    const after = spent();
    const seconds = (after.at - before.at) / 1000;
    return {
      busy: (after.busy - before.busy) / seconds,
      stolen: (after.stolen - before.stolen) / seconds,
      seconds,
    };
  };
}

function spent(): Spent {
  const at = performance.now();
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
  return { busy, stolen: stolenTicks() / TICKS_PER_SECOND, at };
}

/** Of `/proc/stat`, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function stolenTicks(): number {
  try {
    const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.trim().split(/\s+/) ?? [];
    return Number(fields[8] ?? 0);
  } catch {
    return 0; // Not Linux.
  }
}
