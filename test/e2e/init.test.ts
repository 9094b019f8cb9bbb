import { execFile } from "node:child_process";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeBlocks } from "../docs/code-blocks.js";
import { ROOT, Workspace } from "./command-line.js";

const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

describe("sluice init", () => {
  it("writes a starter that type-checks and runs", async () => {
    const { code: written, stdout: next } = await workspace.sluice(["init", "--yes"]);
    expect(written).toBe(0);
    expect(next).toMatch(
      /\nNext: {2}npm install <path of sluice-\S+\.tgz> && npx sluice run pipeline\.ts --limit 1\n$/,
    );
    // What npm installs, and the programs of the README beside it.
    const { devDependencies } = JSON.parse(await readFile(workspace.path("package.json"), "utf8")) as Manifest;
    for (const name of Object.keys(devDependencies)) {
      await mkdir(path.dirname(workspace.path("node_modules", name)), { recursive: true });
      await symlink(path.join(ROOT, "node_modules", name), workspace.path("node_modules", name), "junction");
    }
    const programs = codeBlocks().filter(({ language, code }) => language === "ts" && /^import .*"sluice"/m.test(code));
    expect(programs.map(({ file }) => file)).toContain("README.md");
    for (const { file, line, code } of programs)
      await workspace.write(`${path.basename(file, ".md")}-${line}.ts`, `${code}\nexport {};\n`);
    const compiled = await promisify(execFile)(process.execPath, [TSC, "-p", workspace.folder]).catch(
      (failure: unknown) => failure as { stdout: string },
    );
    expect(compiled.stdout).toBe("");

    const server = await startApi();
    try {
      const env = { SOURCES__POKEMON__BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
      const { code, stdout } = await workspace.sluice(["run", "pipeline.ts", "--json"], env);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        pipelineName: "pokemon",
        tables: { pokemon: 3, species: 2 },
        resources: { pokemon: { pages: 2 } },
      });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("writes a starter in YAML that runs, with the line by which editors find the JSON Schema", async () => {
    expect(await workspace.sluice(["init", "--yaml", "--yes"])).toMatchObject({ code: 0 });
    const text = await readFile(workspace.path("pipeline.yaml"), "utf8");
    expect(text).toContain("# yaml-language-server: $schema=./node_modules/sluice/dist/pipeline.schema.json\n");
    await expect(readFile(workspace.path("tsconfig.json"))).rejects.toMatchObject({ code: "ENOENT" });

    const server = await startApi();
    try {
      const env = { SOURCES__POKEMON__BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
      const { code, stdout } = await workspace.sluice(["run", "pipeline.yaml", "--json"], env);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ tables: { pokemon: 3, species: 2 } });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("leaves files alone that exist, and adds only what is missing to .gitignore", async () => {
    await workspace.write("new/pipeline.ts", "// mine\n");
    await workspace.write("new/.gitignore", "*.duckdb\nmine");
    const { code, stdout } = await workspace.sluice(["init", "new"]);
    expect(code).toBe(0);
    expect(stdout).toContain("pipeline.ts  (exists, left alone)");
    expect(await readFile(workspace.path("new/pipeline.ts"), "utf8")).toBe("// mine\n");
    const ignored = await readFile(workspace.path("new/.gitignore"), "utf8");
    expect(ignored.split("\n")).toEqual([
      "*.duckdb",
      "mine",
      "node_modules/",
      ".sluice/secrets.toml",
      ".sluice/tokens/",
      ".sluice/pipelines/",
      "*.duckdb.wal",
      "",
    ]);

    const files = ["package.json", "tsconfig.json", ".sluice/config.toml", ".sluice/secrets.toml", ".gitignore"];
    const before = await Promise.all(files.map((file) => readFile(workspace.path("new", file), "utf8")));
    expect(await workspace.sluice(["init", "new"])).toMatchObject({ code: 0 });
    expect(await Promise.all(files.map((file) => readFile(workspace.path("new", file), "utf8")))).toEqual(before);
  });
});

/** The part of the public API that the starter asks for: two pages of names, details of two of the three. */
async function startApi(): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    const send = (status: number, body: unknown): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const name = path.posix.basename(url.pathname);
    if (url.pathname === "/pokemon" && url.searchParams.has("offset"))
      return send(200, { count: 3, next: null, results: [{ name: "venusaur" }] });
    if (url.pathname === "/pokemon")
      return send(200, {
        count: 3,
        next: `${url.origin}/pokemon?offset=2`,
        results: [{ name: "bulbasaur" }, { name: "ivysaur" }],
      });
    if (name === "venusaur") return send(404, { detail: "Not found." });
    send(200, { name, egg_groups: [{ name: "plant" }], gender_rate: 1 });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return server;
}
