import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "sluice";
import { textTable } from "../print-table.js";
import { startGitHubServer } from "./server.js";

/** What is worth a look; every table has many more columns. */
const QUERIES: Record<string, string> = {
  issues: "select number, title, user__login, updated_at from issues order by updated_at desc, number limit 8",
  issues__labels:
    "select l.name, color, number as issue from issues__labels l join issues i on l._dlt_parent_id = i._dlt_id order by number, l._dlt_list_idx",
  comments: "select _issues_id, user__login, body, updated_at from comments order by updated_at",
  pulls: "select number, title, head__ref, state from pulls order by number",
};

const server = await startGitHubServer();
const folder = await mkdtemp(path.join(tmpdir(), "sluice-demo-"));
try {
  Object.assign(process.env, {
    GITHUB_API: server.url,
    GITHUB_TOKEN: "demo-token",
    GITHUB_DATABASE: path.join(folder, "github.duckdb"),
  });
  const { default: definition } = await import("./pipeline.js");
  const github = pipeline({ ...definition, pipelinesDir: path.join(folder, "pipelines") });

  console.log("First run: everything\n");
  console.log(String(await github.run(definition.source)));

  server.advance();
  console.log("\nTwo issues were opened and a comment was edited. Second run: what changed since\n");
  const before = server.requests.length;
  console.log(String(await github.run(definition.source)));
  console.log(
    `\nRequests of the second run:\n${server.requests
      .slice(before)
      .map((line) => `  ${line}`)
      .join("\n")}`,
  );

  console.log(`\n${definition.datasetName} now holds:`);
  const dataset = github.dataset();
  for (const [name, query] of Object.entries(QUERIES)) {
    console.log(
      `\n${name}: ${await dataset.table(name).count()} rows\n\n${textTable(await dataset.sql(query).toArray())}`,
    );
  }
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
