// One process that loads again and again from an API that fails in every way it can, is cancelled, changes its configuration
// and starts afresh: `node --expose-gc test/faults/soak.mjs`. Ends with the line of its figures, and with 1 when a row was lost
// or repeated, or when memory, file handles or disk have grown. SLUICE_SOAK_SECONDS (default 1800) says how long.
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { duckdb, pipeline, restApiSource } from "../../dist/index.js";

const SECONDS = Number(process.env["SLUICE_SOAK_SECONDS"] ?? 1800);
const SEED = Number(process.env["SLUICE_SEED"] ?? 20_240_101);
const PARENTS = 60;
const PAGE = 10;
const KIDS = 5;
/** Samples that the beginning and the end are judged by; before them everything is warmed up. */
const WARM_UP = 0.2;

const random = randomFrom(SEED);
const directory = mkdtempSync(path.join(tmpdir(), "sluice-soak-"));
const pipelinesDir = path.join(directory, "pipelines");
const database = path.join(directory, "soak.duckdb");
const counts = { runs: 0, loaded: 0, resumed: 0, failed: 0, cancelled: 0, requests: 0, faults: 0 };
const samples = [];
let problem;

const server = createServer((request, response) => {
  counts.requests += 1;
  const url = new URL(request.url, "http://x");
  const page = Number(url.searchParams.get("page") ?? 1);
  const parent = /^\/parents\/(\d+)\/kids$/.exec(url.pathname)?.[1];
  const rows =
    parent === undefined
      ? Array.from({ length: PAGE }, (_, i) => ({ id: (page - 1) * PAGE + i, at: counts.runs, tags: ["a", "b"] }))
      : Array.from({ length: KIDS }, (_, i) => ({ id: `${parent}-${i}`, at: counts.runs }));
  const next = parent === undefined && page * PAGE < PARENTS ? `/parents?page=${page + 1}` : null;
  const body = JSON.stringify({ data: rows, next });
  const luck = random();
  if (luck < 0.06) counts.faults += 1;
  if (luck < 0.015) return request.socket.destroy();
  if (luck < 0.03) return response.writeHead(503, { "retry-after": "0" }).end("busy");
  if (luck < 0.04) return response.writeHead(429, { "retry-after": "0" }).end();
  if (luck < 0.05) {
    // Half an answer.
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.write(body.slice(0, body.length >> 1), () => request.socket.destroy());
    return undefined;
  }
  if (luck < 0.053) return response.writeHead(410).end("gone"); // Not tried again: the run fails.
  response.writeHead(200, { "content-type": "application/json" });
  return setTimeout(() => response.end(body), luck < 0.06 ? 50 : 0);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const target = pipeline({ pipelineName: "soak", destination: duckdb(database), datasetName: "data", pipelinesDir });
const source = (variant) =>
  restApiSource(
    {
      client: {
        baseUrl: `http://127.0.0.1:${server.address().port}/`,
        paginator: { type: "json_link", nextUrlPath: "next" },
        headers: { "x-variant": String(variant) },
        backoffFactor: 0.001,
      },
      resourceDefaults: { primaryKey: "id", writeDisposition: "merge", endpoint: { dataSelector: "data" } },
      resources: ["parents", { name: "kids", endpoint: { path: "parents/{resources.parents.id}/kids" } }],
    },
    { name: "soak" },
  );

const started = performance.now();
const elapsed = () => (performance.now() - started) / 1000;
let variant = 0;
while (problem === undefined && elapsed() < SECONDS) {
  counts.runs += 1;
  if (random() < 0.05) variant += 1; // Another configuration: what is left is set aside.
  const abort = new AbortController();
  const cancelAfter = random() < 0.1 ? Math.ceil(random() * 40) : Infinity;
  let pages = 0;
  try {
    const info = await target.run(source(variant), {
      signal: abort.signal,
      resume: random() > 0.05,
      progress: (event) => {
        if (event.type === "page" && ++pages === cancelAfter) abort.abort();
      },
    });
    counts.loaded += 1;
    if (info.resumed) counts.resumed += 1;
    await check();
  } catch (error) {
    if (error.code === "SLUICE_CANCELLED") counts.cancelled += 1;
    else if (error.code === "SLUICE_HTTP_STATUS" || error.code === "SLUICE_CONNECTION") counts.failed += 1;
    else problem = error;
  }
  if (samples.length === 0 || elapsed() > samples.at(-1).at + SECONDS / 100) samples.push(sample());
}
await new Promise((resolve) => {
  server.closeAllConnections();
  server.close(resolve);
});
report();
rmSync(directory, { recursive: true, force: true });

/** All rows are there, once, each from one load. */
async function check() {
  const [row] = await target
    .dataset()
    .sql(
      "select (select count(*) from parents) as parents, (select count(distinct id) from parents) as ids, (select count(*) from parents__tags) as tags, (select count(*) from kids) as kids, (select count(distinct id) from kids) as kid_ids",
    )
    .toArray();
  const expected = { parents: PARENTS, ids: PARENTS, tags: 2 * PARENTS, kids: KIDS * PARENTS, kid_ids: KIDS * PARENTS };
  for (const [name, count] of Object.entries(expected))
    if (row[name] !== count)
      problem = new Error(`${name}: ${String(row[name])} instead of ${count} after run ${counts.runs}`);
}

function sample() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    at: elapsed(),
    heap: heapUsed / 2 ** 20,
    rss: rss / 2 ** 20,
    handles: handles(),
    files: filesBelow(pipelinesDir),
    disk: sizeBelow(directory) / 2 ** 20,
  };
}

function handles() {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0; // Not Linux.
  }
}

function entries(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
}

function filesBelow(folder) {
  return entries(folder).length;
}

function sizeBelow(folder) {
  return entries(folder).reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}

/** Medians of the first and the last quarter after the warm-up. */
function report() {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const quarter = Math.max(1, warm.length >> 2);
  const grown = [];
  const figures = ["heap", "rss", "handles", "files", "disk"].map((name) => {
    const first = median(warm.slice(0, quarter).map((one) => one[name]));
    const last = median(warm.slice(-quarter).map((one) => one[name]));
    const unit = { heap: " MB", rss: " MB", disk: " MB" }[name] ?? "";
    // Half as much again, and more than what comes and goes.
    if (last > first * 1.5 && last - first > { heap: 20, rss: 100, handles: 10, files: 60, disk: 20 }[name])
      grown.push(name);
    return `${name} ${first.toFixed(1)} -> ${last.toFixed(1)}${unit}`;
  });
  console.log(
    `${elapsed().toFixed(0)} s: ${counts.runs} runs, ${counts.loaded} loaded (${counts.resumed} resumed), ${counts.failed} failed, ${counts.cancelled} cancelled; ${counts.requests} requests, ${counts.faults} disturbed; ${problem === undefined ? "0 rows lost, 0 repeated" : String(problem)}; ${figures.join(", ")}`,
  );
  if (grown.length > 0) console.log(`grown: ${grown.join(", ")}`);
  if (problem !== undefined || grown.length > 0 || counts.loaded === 0) process.exitCode = 1;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** mulberry32 */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
