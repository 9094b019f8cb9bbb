// `npm run bench`: measures sluice beside dlt, the floor and the previous release. See docs/performance.md.
import path from "node:path";
import { parseArgs } from "node:util";
import { type Cell, cells, TOOLS, type ToolName } from "./cells.js";
import { machine } from "./machine.js";
import { LoadedMachineError } from "./measure.js";
import { hasChanges, headCommit } from "./tools/repository.js";
import { fileName, type Missing, type Result, writeResult } from "./result.js";
import { runSuite } from "./suite.js";
import { resultMarkdown } from "./report/table.js";
import { ROOT } from "./tools/tool.js";
import { toolset } from "./tools/toolset.js";

const HELP = `npm run bench -- [options]

  --quick            a tenth of the size, two repeats, within two minutes
  --long             also the cells that take long (10 million rows, a million merged onto themselves)
  --cells a,b        only these: ${cells()
    .map(({ id }) => id)
    .join(", ")}
  --tools a,b        only these: ${TOOLS.join(", ")}
  --repeats <n>      default 5
  --scale <x>        size of the workloads, default 1; bars are judged at 1 only
  --previous <ref>   commit to measure as previous release; default the newest release (not with --quick)
  --python <path>    a Python that has dlt; default the one of npm run bench:dlt
  --strict           refuse to measure on a machine that others use
  --out <file>       where the result goes; default bench/results/<date>-<commit>.json
`;

/** The rest of two minutes is for the build and the last measurement that began in time. */
const QUICK_SECONDS = 90;

/** The options cannot be followed. */
class UsageError extends Error {}

/** Interrupted, it still takes its folders away. */
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());

try {
  const given = options();
  if (given.help) console.log(HELP);
  else await main(given);
} catch (error) {
  const expected = error instanceof UsageError || error instanceof LoadedMachineError;
  if (!expected && !interrupt.signal.aborted) throw error;
  say(expected ? error.message : "Interrupted");
  process.exitCode = 2;
}

type Given = ReturnType<typeof options>;

function options() {
  try {
    return parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        long: { type: "boolean", default: false },
        strict: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        cells: { type: "string" },
        tools: { type: "string" },
        repeats: { type: "string" },
        scale: { type: "string" },
        previous: { type: "string" },
        python: { type: "string" },
        out: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

async function main(given: Given): Promise<void> {
  const scale = positive("--scale", given.scale) ?? (given.quick ? 0.1 : 1);
  const repeats = positive("--repeats", given.repeats) ?? (given.quick ? 2 : 5);
  const chosen = chosenCells(given, scale);
  const needed = new Set<ToolName>(chosen.flatMap(({ tools }) => tools));
  const wanted = chosenTools(given).filter((tool) => needed.has(tool));
  // Before, not after: half an hour is long enough to commit something.
  const measuredCommit = { commit: headCommit(), changed: hasChanges() };
  const set = await toolset({ wanted, python: given.python, previous: given.previous });
  try {
    for (const { what, reason } of set.missing) say(`Not measured: ${what} (${reason})`);
    const outcome = await runSuite({
      cells: chosen,
      tools: set.tools,
      repeats,
      strict: given.strict,
      patienceMs: given.quick ? 500 : 10_000,
      say,
      signal: interrupt.signal,
      ...(given.quick ? { budgetSeconds: QUICK_SECONDS } : {}),
    });
    const result: Result = {
      format: 1,
      date: new Date().toISOString(),
      ...measuredCommit,
      scale,
      repeats,
      machine: machine(),
      versions: set.versions,
      missing: [...set.missing, ...leftOut(given, chosen), ...outcome.missing],
      cells: outcome.cells,
    };
    const whole = scale === 1 && given.cells === undefined && given.tools === undefined;
    const file = given.out ?? path.join(ROOT, "bench/results", fileName(result, whole));
    await writeResult(result, file);
    console.log(resultMarkdown(result));
    say(`\nWritten to ${path.relative(process.cwd(), file)}`);
    if (outcome.failed) process.exitCode = 1;
  } finally {
    set.remove();
  }
}

/** Progress goes to standard error, the result to standard output. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function chosenCells(given: Given, scale: number): Cell[] {
  const all = cells(scale);
  const ids = listed(
    "--cells",
    given.cells,
    all.map(({ id }) => id),
  );
  return all.filter(({ id, long }) => (ids === undefined ? given.long || long !== true : ids.includes(id)));
}

/** Cells that nobody asked for and that a reader will look for. */
function leftOut(given: Given, chosen: readonly Cell[]): Missing[] {
  if (given.cells !== undefined) return [];
  const left = cells().filter(({ id }) => !chosen.some((cell) => cell.id === id));
  return left.map(({ title }) => ({ what: title, reason: "only with --long" }));
}

function chosenTools(given: Given): ToolName[] {
  const names = listed("--tools", given.tools, TOOLS);
  if (names !== undefined) return TOOLS.filter((tool) => names.includes(tool));
  // Building it takes a good part of two minutes.
  return TOOLS.filter((tool) => !given.quick || tool !== "previous" || given.previous !== undefined);
}

function listed(option: string, text: string | undefined, known: readonly string[]): string[] | undefined {
  const names = text?.split(",").map((name) => name.trim());
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`${option}: there is no "${unknown}"; there are ${known.join(", ")}`);
  return names;
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option} must be a number above 0, not "${text}"`);
  return value;
}
