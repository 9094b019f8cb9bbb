// What goes wrong in the process that imports this before sluice, as the variable FAULT_PLAN says (see `FaultPlan` of the kill driver).
import { writeFileSync, writeSync } from "node:fs";

const plan = JSON.parse(process.env["FAULT_PLAN"] ?? "{}");
const { point, hit = 1, holding, action, countsFile, clockStepMs } = plan;
const counts = {};

const die = () => process.kill(process.pid, "SIGKILL");

globalThis[Symbol.for("sluice.faults")] = (at, write) => {
  if (holding !== undefined && !write?.bytes.toString("utf8").includes(holding)) return;
  counts[at] = (counts[at] ?? 0) + 1;
  if (at !== point || counts[at] !== hit) return;
  if (action === "tear" && write !== undefined)
    writeSync(write.fd, write.bytes, 0, write.bytes.length >> 1, write.position);
  if (action === "kill" || action === "tear") die();
  throw Object.assign(new Error(`${action}: injected by the fault test, write`), { code: action });
};

if (countsFile !== undefined) process.on("exit", () => writeFileSync(countsFile, JSON.stringify(counts)));

if (clockStepMs !== undefined) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(RealDate.now() + clockStepMs);
      else super(...args);
    }
    static now() {
      return RealDate.now() + clockStepMs;
    }
  };
  Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + clockStepMs });
}
