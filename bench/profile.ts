// `npm run bench:profile [cell]`: where sluice's own thread spends its time, by function, and how long it stalls. One run in a
// process of its own under V8's profiler; the figures of docs/performance.md come from here.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cells } from "./cells.js";
import { Server } from "./child.js";
import { measureOnce } from "./measure.js";
import { ROOT, sluiceTool, type Tool } from "./tools/tool.js";

/** Functions that are listed. */
const LISTED = 25;

/** The part of V8's profile that is used; times are microseconds. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

const [id = "small-rows"] = process.argv.slice(2);
const cell = cells().find((candidate) => candidate.id === id);
if (cell === undefined || cell.asCommand === true) throw new Error(`no cell "${id}" that can be profiled`);

const folder = await mkdtemp(path.join(tmpdir(), "sluice-profile-"));
const server = await Server.start(cell.workload, cell.delayMs);
try {
  const measured = await measureOnce(profiled(sluiceTool("sluice", ROOT)), cell, server, {
    patienceMs: 10_000,
    strict: false,
  });
  const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".cpuprofile"));
  const profile = JSON.parse(await readFile(path.join(folder, name), "utf8")) as Profile;
  const times = [...selfTimes(profile)].toSorted(([, a], [, b]) => b - a);
  const total = times.reduce((sum, [, time]) => sum + time, 0);
  console.log(
    `${cell.title}: ${measured.seconds} s under the profiler${measured.loaded ? ", on a loaded machine" : ""}`,
  );
  for (const [what, time] of times.slice(0, LISTED))
    console.log(
      `${(time / 1000).toFixed(0).padStart(7)} ms ${((100 * time) / total).toFixed(1).padStart(5)} %  ${what}`,
    );
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

function profiled(tool: Tool): Tool {
  return {
    ...tool,
    async command(...job) {
      const { args, ...command } = await tool.command(...job);
      return { ...command, args: ["--cpu-prof", "--cpu-prof-interval", "250", "--cpu-prof-dir", folder, ...args] };
    },
  };
}

/** Microseconds that each function was on top of the stack. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(nodes.map(({ id: node, callFrame }) => [node, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [i, sample] of samples.entries()) {
    const name = names.get(sample) ?? "";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return times;
}

function nameOf({ functionName, url }: CallFrame): string {
  const file = url === "" ? "" : ` (${url.startsWith("node:") ? url : path.basename(url)})`;
  return `${functionName === "" ? "top level" : functionName}${file}`;
}
