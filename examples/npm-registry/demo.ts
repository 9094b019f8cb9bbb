import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { duckdb, pipeline } from "sluice";
import { textTable } from "../print-table.js";
import { npmRegistry } from "./registry.js";
import { npmSource } from "./source.js";

const folder = await mkdtemp(path.join(tmpdir(), "sluice-npm-"));
try {
  const npm = pipeline({
    pipelineName: "npm_registry",
    destination: duckdb(path.join(folder, "npm.duckdb")),
    datasetName: "npm",
    pipelinesDir: path.join(folder, "pipelines"),
  });
  console.log(String(await npm.run(npmSource(await npmRegistry()))));

  const rows = await npm
    .dataset()
    .sql(
      `select name, version, license, len(json_keys(coalesce(dependencies, '{}'))) as dependencies
         from manifests order by name`,
    )
    .toArray();
  console.log(`\nmanifests: ${rows.length} rows\n\n${textTable(rows)}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
