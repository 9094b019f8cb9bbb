// What the measured Node processes have in common: the job they read and the figures they leave.
import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** @returns {import("../job.js").Job} */
export function readJob() {
  return JSON.parse(readFileSync(process.argv[2], "utf8"));
}

/** Runs `load` as often as the job says, and writes how long each took and the peak memory of this process. */
export async function measure(/** @type {import("../job.js").Job} */ job, /** @type {() => Promise<unknown>} */ load) {
  const seconds = [];
  // Finer, its timer would take a noticeable part of the time that is measured.
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  for (let run = 0; run < job.runs; run++) {
    const startedAt = performance.now();
    await load();
    seconds.push((performance.now() - startedAt) / 1000);
  }
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = {
    seconds,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMB: (highWaterKB() ?? maxRSS) / 1024,
    stallMs: delays.max / 1e6,
  };
  writeFileSync(job.figures, JSON.stringify(figures));
}

/** Linux's `maxRSS` begins with the size of the process that started this one; its high-water mark does not. */
function highWaterKB() {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined; // Not Linux.
  }
}
