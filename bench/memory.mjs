// Peak memory while loading many small rows: `npm run build && node bench/memory.mjs [rows]` (default 1,000,000).
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdb, pipeline, restApiSource } from "../dist/index.js";

const rows = Number(process.argv[2] ?? 1_000_000);
const directory = mkdtempSync(join(tmpdir(), "sluice-memory-"));
const server = fork(new URL("row-server.mjs", import.meta.url), [String(Math.ceil(rows / 1000)), "1000"]);
try {
  const [baseUrl] = await once(server, "message");
  const before = process.memoryUsage.rss();
  const source = restApiSource({
    client: { baseUrl },
    resources: [
      {
        name: "events",
        endpoint: { path: "events", paginator: { type: "page_number", basePage: 1, totalPath: null } },
      },
    ],
  });
  const target = pipeline({
    pipelineName: "memory",
    destination: duckdb(join(directory, "memory.duckdb")),
    datasetName: "data",
    pipelinesDir: join(directory, "pipelines"),
  });
  const started = performance.now();
  let extracted = 0;
  const info = await target.run(source, {
    progress: (event) => {
      if (event.type === "publish-started") {
        extracted = process.resourceUsage().maxRSS / 1024;
        console.error("before publish", Math.round(extracted), ((performance.now() - started) / 1000).toFixed(1));
      }
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  const count = await target.dataset().table("events").count();
  if (count !== rows) throw new Error(`expected ${rows} rows, found ${count}`);
  console.log(
    JSON.stringify({
      rows,
      tables: info.tables,
      seconds: Number(seconds.toFixed(2)),
      peakMB: Math.round(peak),
      startMB: Math.round(before / 1048576),
    }),
  );
} finally {
  server.disconnect();
  rmSync(directory, { recursive: true, force: true });
}
