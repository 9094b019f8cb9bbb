import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAIN, ROOT, Workspace } from "./command-line.js";

/** What one process has loaded, also when it used nothing of it. */
interface Loaded {
  /** Packages, bundled or not, sorted. */
  readonly packages: readonly string[];
  /** Files of src/ and of packages, as paths below the project. */
  readonly files: readonly string[];
}

let workspace: Workspace;
let server: Server;

beforeEach(async () => {
  workspace = await Workspace.create();
  server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end('[{ "id": 1 }]');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.close();
  await workspace.remove();
});

/** Runs Node to its end and reads from the coverage that it writes which scripts there were. */
async function loadedBy(args: readonly string[]): Promise<Loaded> {
  const folder = workspace.path("coverage");
  const child = spawn(process.execPath, args, {
    cwd: workspace.folder,
    env: { ...process.env, NODE_V8_COVERAGE: folder },
    stdio: "ignore",
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  const files = new Set<string>();
  for (const name of await readdir(folder)) {
    const coverage = JSON.parse(await readFile(path.join(folder, name), "utf8")) as { result: { url: string }[] };
    for (const { url } of coverage.result) {
      if (!url.startsWith("file:")) continue;
      for (const file of await sourcesOf(fileURLToPath(url))) files.add(below(file));
    }
  }
  const packages = [...files].flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return { files: [...files], packages: [...new Set(packages)].sort((a, b) => (a < b ? -1 : 1)) };
}

/** What was put together into a file of dist/; any other file is itself. */
async function sourcesOf(file: string): Promise<string[]> {
  if (!existsSync(`${file}.map`)) return [file];
  const { sources } = JSON.parse(await readFile(`${file}.map`, "utf8")) as { sources: string[] };
  return sources.map((source) => path.resolve(path.dirname(file), source));
}

/** The path below the project; node_modules may be a link to another place. */
function below(file: string): string {
  const name = file.split(path.sep).join("/");
  const modules = name.lastIndexOf("node_modules/");
  return modules === -1 ? path.relative(ROOT, file).split(path.sep).join("/") : name.slice(modules);
}

describe("nothing is loaded before it is needed", () => {
  it("sluice --help needs the command line only", async () => {
    const { files, packages } = await loadedBy([MAIN, "--help"]);
    expect(packages).toEqual(["@commander-js/extra-typings", "commander"]);
    const rooms = files.flatMap((file) => /^src\/([^/]+)\//.exec(file)?.[1] ?? []);
    expect([...new Set(rooms)].sort()).toEqual(["cli", "core", "package"]);
  });

  it('import "sluice" loads what declares pipelines, not what runs them', async () => {
    const index = new URL(`file://${path.join(ROOT, "dist/index.js")}`).href;
    const { files, packages } = await loadedBy(["--input-type=module", "-e", `await import(${JSON.stringify(index)})`]);
    expect(files).toContain("src/rest-api/source.ts");
    expect(packages).toEqual(["zod"]);
    const runs = ["pipeline/runner.ts", "extract/scheduler.ts", "load/publish.ts", "destinations/duckdb/database.ts"];
    expect(files.filter((file) => file.startsWith("src/cli/") || runs.includes(file.slice(4)))).toEqual([]);
  });

  it("a YAML file with one resource needs neither a compiler nor parsers for other things", async () => {
    await workspace.write(
      "one.yaml",
      `pipeline_name: one
destination: one.duckdb
source:
  client: { base_url: "http://127.0.0.1:${(server.address() as AddressInfo).port}/" }
  resources: [items]
`,
    );
    const { files, packages } = await loadedBy([MAIN, "run", "one.yaml", "--quiet"]);
    // detect-libc is asked by DuckDB's driver on Linux only.
    expect(packages.filter((name) => name !== "detect-libc")).toEqual([
      "@commander-js/extra-typings",
      "@duckdb/node-api",
      "@duckdb/node-bindings",
      "commander",
      "undici",
      "yaml",
      "zod",
    ]);
    // Of undici the client; of zod not the messages in forty languages.
    expect(files.filter((file) => /undici\/(index|lib\/(mock|cache|interceptor))|zod\/.*\/locales/.test(file))).toEqual(
      [],
    );
  });
});
