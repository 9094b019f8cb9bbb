import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "sluice";
import { textTable } from "../print-table.js";
import { startGitHubServer } from "./server.js";

/** The columns worth a look; every table has many more. */
const TABLES: Record<string, string[]> = {
  issues: ["number", "title", "user__login", "updated_at"],
  issues__labels: ["name", "color", "_dlt_list_idx"],
  comments: ["_issues_id", "user__login", "body", "updated_at"],
  pulls: ["number", "title", "head__ref", "merged"],
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
  for (const [name, columns] of Object.entries(TABLES)) {
    const rows = await github.dataset().table(name).toArray();
    console.log(`\n${name}: ${rows.length} rows\n\n${textTable(rows.slice(0, 8), columns)}`);
  }
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
