import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GitHubServer, startGitHubServer } from "../../examples/github-api/server.js";
import { deferred, Workspace } from "./command-line.js";

const TOKEN = "a-token-that-nobody-may-see";

let workspace: Workspace;
let github: GitHubServer;

beforeEach(async () => {
  workspace = await Workspace.create();
  github = await startGitHubServer({ token: TOKEN });
});

afterEach(async () => {
  await github.close();
  await workspace.remove();
});

/** The GitHub pipeline as a config file, indented so that line numbers are easy to count. */
function githubYaml({
  baseUrl = github.url,
  issues = "issues",
  extra = "",
}: { baseUrl?: string; issues?: string; extra?: string } = {}): string {
  return `pipeline_name: github
destination: github.duckdb
dataset_name: github_data
source:
  name: github
  client:
    base_url: ${baseUrl}/repos/o/r/
    max_attempts: 1
    auth:
      type: bearer
      token: \${env.GITHUB_TOKEN}
  resource_defaults:
    primary_key: id
    write_disposition: merge
    endpoint:
      params:
        per_page: 5
${extra}  resources:
    - name: issues
      endpoint:
        path: ${issues}
        params:
          state: all
          sort: updated
          direction: asc
          since: "{incremental.start_value}"
        incremental:
          cursor_path: updated_at
          initial_value: "2019-01-01T00:00:00Z"
    - name: comments
      endpoint: issues/{resources.issues.number}/comments
      include_from_parent: [id]
    - pulls
`;
}

async function countRows(table: string, file = "github.duckdb", dataset = "github_data"): Promise<number> {
  const instance = await DuckDBInstance.create(workspace.path(file), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const [row] = (
      await connection.runAndReadAll(`select count(*)::int as rows from ${dataset}.${table}`)
    ).getRowObjectsJson();
    return Number(row?.["rows"]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe("sluice run", () => {
  it("runs a YAML file and says what was loaded, then loads only what changed", async () => {
    await workspace.write("github.yaml", githubYaml());
    const first = await workspace.sluice(["run", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain("Pipeline github loaded");
    expect(first.stdout).not.toContain("Starting");
    expect(first.stderr).toContain("Starting github, load");
    expect(await countRows("issues")).toBe(18);
    expect(await countRows("comments")).toBe(2);

    github.advance();
    const seen = github.requests.length;
    const second = await workspace.sluice(["run", "github.yaml", "--json"], { GITHUB_TOKEN: TOKEN });
    expect(second.code).toBe(0);
    const info = JSON.parse(second.stdout) as { tables: Record<string, number>; resumed: boolean };
    expect(info).toMatchObject({ resumed: false, tables: { issues: 3, comments: 2 } });
    expect(github.requests.slice(seen).filter((line) => line.includes("/comments"))).toHaveLength(3);
    expect(await countRows("issues")).toBe(20);
    expect(await countRows("comments")).toBe(2);
  });

  it("runs a JSON file", async () => {
    await workspace.write("github.json", {
      pipeline_name: "github",
      destination: "duckdb:///github.duckdb".replace("/github", `${workspace.folder}/github`),
      dataset_name: "github_data",
      source: {
        client: { base_url: `${github.url}/repos/o/r/`, auth: { token: "${env.GITHUB_TOKEN}" } },
        resources: ["pulls"],
      },
    });
    const { code, stderr } = await workspace.sluice(["run", "github.json", "--quiet"], { GITHUB_TOKEN: TOKEN });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await countRows("pulls")).toBe(2);
  });

  it.each([
    ["pipeline.ts", "export default async (): Promise<unknown> => definition;"],
    ["pipeline.mjs", "export default definition;"],
  ])("runs %s", async (file, end) => {
    await workspace.write(
      file,
      `import { definePipeline, duckdb, resource } from "sluice";
const definition = definePipeline({
  pipelineName: "numbers",
  destination: duckdb("numbers.duckdb"),
  datasetName: "numbers_data",
  source: resource({ name: "numbers" }, () => [{ n: 1 }, { n: 2 }, { n: 3 }]),
});
${end}
`,
    );
    expect(await workspace.sluice(["run", file])).toMatchObject({ code: 0 });
    expect(await countRows("numbers", "numbers.duckdb", "numbers_data")).toBe(3);
  });

  it("takes destination, dataset, resources and limit from the command line", async () => {
    await workspace.write("github.yaml", githubYaml());
    const args = [
      "--destination",
      "./other.duckdb",
      "--dataset",
      "other_data",
      "--resources",
      "issues",
      "--limit",
      "2",
      "--json",
    ];
    const { code, stdout } = await workspace.sluice(["run", "github.yaml", ...args], { GITHUB_TOKEN: TOKEN });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      datasetName: "other_data",
      tables: { issues: 10 },
      resources: { issues: { pages: 2, stop: "limit" } },
    });
    expect(await countRows("issues", "other.duckdb", "other_data")).toBe(10);
    expect(github.requests.some((line) => line.includes("comments") || line.includes("pulls"))).toBe(false);
  });

  it.each<[string, string, readonly string[]]>([
    ["a source", "api", ["comments"]],
    ["a list of sources", "[other, api]", ["comments"]],
    ["a list of resources", "api.resources", ["comments"]],
    ["sources and resources", "[api, loose]", ["comments", "loose"]],
    ["a single resource", "loose", ["loose"]],
  ])("reads the parents of --resources without loading them: %s", async (_, data, names) => {
    await workspace.write(
      "pipeline.ts",
      `import { definePipeline, resource, restApiSource, source } from "sluice";
const api = restApiSource({
  client: { baseUrl: "${github.url}/repos/o/r/", auth: { type: "bearer", token: "${TOKEN}" } },
  resources: [
    { name: "issues", endpoint: { path: "issues", params: { state: "all", per_page: 100 } } },
    { name: "comments", endpoint: "issues/{resources.issues.number}/comments" },
    "pulls",
  ],
});
const loose = resource({ name: "loose" }, [{ n: 1 }]);
const other = source({ name: "other" }, [resource({ name: "unwanted" }, [{ n: 1 }])]);
export default definePipeline({ pipelineName: "parts", destination: "parts.duckdb", source: ${data} });
`,
    );
    const { code, stdout, stderr } = await workspace.sluice([
      "run",
      "pipeline.ts",
      "--resources",
      names.join(","),
      "--json",
    ]);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const { tables } = JSON.parse(stdout) as { readonly tables: Readonly<Record<string, number>> };
    for (const name of names) expect(tables[name]).toBeGreaterThan(0);
    for (const name of ["issues", "pulls", "unwanted"]) expect(tables).not.toHaveProperty(name);
    const wrong = await workspace.sluice(["run", "pipeline.ts", "--resources", "comment"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('no resource "comment"');
  });

  it("loads everything again with --full-refresh", async () => {
    await workspace.write("github.yaml", githubYaml());
    await workspace.sluice(["run", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    const { code, stdout } = await workspace.sluice(["run", "github.yaml", "--full-refresh", "--json"], {
      GITHUB_TOKEN: TOKEN,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tables: { issues: 18 } });
    expect(await countRows("issues")).toBe(18);
  });

  it("ends with 4 when there are warnings and that was asked for", async () => {
    const file = githubYaml({ extra: "      data_selector: nothing.here\n" });
    await workspace.write("github.yaml", file);
    expect(
      await workspace.sluice(["run", "github.yaml", "--resources", "pulls"], { GITHUB_TOKEN: TOKEN }),
    ).toMatchObject({ code: 0 });
    const strict = await workspace.sluice(["run", "github.yaml", "--resources", "pulls", "--fail-on-warnings"], {
      GITHUB_TOKEN: TOKEN,
    });
    expect(strict).toMatchObject({ code: 4 });
    expect(strict.stdout).toContain("Warnings");
  });
});

describe("sluice run, when something is wrong", () => {
  it("names file, line and column of a mistake in a config file", async () => {
    await workspace.write("github.yaml", githubYaml({ extra: "  resorces: []\n" }));
    const { code, stderr, stdout } = await workspace.sluice(["run", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("github.yaml:18:3");
    expect(stderr).toContain('did you mean "resources"?');
  });

  it("names the place of a syntax error", async () => {
    await workspace.write("github.json", '{\n  "pipeline_name": "x",,\n}');
    const { code, stderr } = await workspace.sluice(["run", "github.json"]);
    expect(code).toBe(2);
    expect(stderr).toContain("github.json:2:24");
    await workspace.write("github.json", '{\n  "pipeline_name": None\n}');
    expect(await workspace.sluice(["check", "github.json"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /github\.json:2:20: this is not JSON.*\nJSON writes null, true and false\./,
      ) as unknown,
    });
  });

  it("names the place of everything that is wrong, a variable that is not set and the destination among it", async () => {
    await workspace.write(
      "shop.yaml",
      `pipeline_name: shop
destination: postgres
source:
  client:
    base_url: \${env.NO_SUCH_VARIABLE}
    paginator: { limit: 10 }
  resources:
    - { name: a, endpint: b }
`,
    );
    const { code, stderr } = await workspace.sluice(["check", "shop.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/shop\.yaml:5:15: .*NO_SUCH_VARIABLE/);
    expect(stderr).toMatch(/shop\.yaml:2:1: destination is not valid: "postgres" is not a known destination/);
    expect(stderr).toMatch(/shop\.yaml:6:16: source\.client\.paginator\.type is missing: .*known: json_link, /);
    expect(stderr).toMatch(/shop\.yaml:8:18: source\.resources\[0\]\.endpint is no known key/);
    expect(stderr).not.toContain("base_url is");
  });

  it("names a variable that is not set", async () => {
    await workspace.write("github.yaml", githubYaml().replace("GITHUB_TOKEN", "NO_SUCH_VARIABLE"));
    const { code, stderr } = await workspace.sluice(["run", "github.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("NO_SUCH_VARIABLE");
    expect(stderr).toContain("github.yaml:11:14");
  });

  it("knows what an unknown option and command were meant to be", async () => {
    const option = await workspace.sluice(["run", "github.yaml", "--jsn"]);
    expect(option).toMatchObject({ code: 2, stdout: "" });
    expect(option.stderr).toContain("unknown option '--jsn'");
    expect(option.stderr).toContain("Did you mean --json?");
    const command = await workspace.sluice(["rnu", "github.yaml"]);
    expect(command).toMatchObject({ code: 2 });
    expect(command.stderr).toContain("Did you mean run?");
    expect(await workspace.sluice(["run", "github.yaml", "--limit", "none"])).toMatchObject({ code: 2 });
  });

  it("says that there is no such file, and what a file without a pipeline exports", async () => {
    const missing = await workspace.sluice(["run", "missing.yaml"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("There is no file missing.yaml");

    await workspace.write(
      "source.ts",
      'import { restApiSource } from "sluice";\nexport default restApiSource({ client: { baseUrl: "http://x" }, resources: ["a"] });',
    );
    const source = await workspace.sluice(["run", "source.ts"]);
    expect(source.code).toBe(2);
    expect(source.stderr).toContain("exports a Source as default");
    expect(source.stderr).toContain("export default definePipeline(");

    await workspace.write("nothing.ts", "export const a = 1;");
    const nothing = await workspace.sluice(["run", "nothing.ts"]);
    expect(nothing.stderr).toContain("nothing.ts has no default export");
  });

  it("says where the pipeline file threw, the stack only with --debug", async () => {
    await workspace.write("broken.ts", '\nthrow new TypeError("this file is broken");\n');
    const short = await workspace.sluice(["run", "broken.ts"]);
    expect(short.code).toBe(2);
    expect(short.stderr).toContain("broken.ts threw TypeError: this file is broken");
    expect(short.stderr).toContain("broken.ts:2:7");
    expect(short.stderr.split("\n").filter((line) => line.includes(" at "))).toHaveLength(1);
    const long = await workspace.sluice(["run", "broken.ts", "--debug"]);
    expect(long.stderr.split("\n").filter((line) => line.includes(" at ")).length).toBeGreaterThan(1);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["syntax, TypeScript", { "p.ts": "export default {\n  a: 1 b\n};\n" }, /^error: p\.ts:2:8: Unexpected token/],
    ["syntax, JavaScript", { "p.mjs": "export default {\n  a: ;\n};\n" }, /^error: p\.mjs:2:6: Unexpected token/],
    ["syntax, CommonJS", { "p.cjs": "module.exports = {\n  a: ;\n};\n" }, /^error: p\.cjs:2:6: Unexpected token/],
    [
      "syntax of what it imports",
      { "p.ts": 'import "./q.js";\n', "q.js": "const = 1;\n" },
      /^error: \S+q\.js:1:7: Unexpected token/,
    ],
    [
      "a file that is not there",
      { "p.ts": 'import "./nowhere.js";\n' },
      /^error: p\.ts: Cannot find module '\.\/nowhere\.js'\n.*relative/,
    ],
    ["a package that is not there", { "p.mjs": 'import "no-such-package";\n' }, /npm install no-such-package/],
    [
      "a function that throws",
      { "p.mjs": "export default () => nothing;\n" },
      /^error: p\.mjs threw ReferenceError: noth/,
    ],
    ["a text that is thrown", { "p.mjs": 'throw "no";\n' }, /^error: p\.mjs threw "no"/],
  ])("ends with 2 for a file that cannot be run: %s", async (_, files, expected) => {
    for (const [name, text] of Object.entries(files)) await workspace.write(name, text);
    const [file = ""] = Object.keys(files);
    const { code, stderr } = await workspace.sluice(["run", file, "--quiet"]);
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  it("says that the API cannot be reached", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => void closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await workspace.write("github.yaml", githubYaml({ baseUrl: `http://127.0.0.1:${port}` }));
    const { code, stderr } = await workspace.sluice(["run", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain("ECONNREFUSED");
  });

  it("explains a refused token without showing it", async () => {
    await workspace.write("github.yaml", githubYaml());
    const wrong = "wrong-token-0123456789";
    const { code, stdout, stderr } = await workspace.sluice(["run", "github.yaml", "--debug"], { GITHUB_TOKEN: wrong });
    expect(code).toBe(1);
    expect(stderr).toContain("401");
    expect(stderr).toContain("Bad credentials");
    expect(stdout + stderr).not.toContain(wrong);
  });

  it.each([
    ["run missing.yaml --json", "There is no file missing.yaml"],
    ["preview missing.yaml --json", "There is no file missing.yaml"],
    ["schema --json missing.yaml", "There is no file missing.yaml"],
    ["drop-pending nosuch --json", 'No pipeline named "nosuch" has run here'],
    ["run missing.yaml --json --limit x", "option '--limit <pages>' argument 'x' is invalid"],
    ["run missing.yaml --json --bogus", "unknown option '--bogus'"],
    ["run --json", "missing required argument 'file'"],
  ])("reports an error as JSON when the result was wanted as JSON: %s", async (words, said) => {
    const { code, stdout } = await workspace.sluice(words.split(" "));
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: "SLUICE_CONFIG", message: expect.stringContaining(said) } });
    expect(stdout).not.toContain('"message":"error');
  });

  it("ends with 3 when another process holds the database", async () => {
    const rowsFile = `import { definePipeline, duckdb, resource } from "sluice";
export default definePipeline({
  pipelineName: "rows",
  destination: duckdb({ path: "held.duckdb", lockTimeout: 0 }),
  source: resource({ name: "rows" }, () => [{ n: 1 }]),
});
`;
    await workspace.write("rows.ts", rowsFile);
    const instance = await DuckDBInstance.create(workspace.path("held.duckdb"));
    try {
      const { code, stderr } = await workspace.sluice(["run", "rows.ts"]);
      expect(code).toBe(3);
      expect(stderr).toContain("held.duckdb");
      expect(stderr).not.toContain("waiting up to");
      await workspace.write("rows.ts", rowsFile.replace("lockTimeout: 0", "lockTimeout: 0.8"));
      const waited = await workspace.sluice(["run", "rows.ts"]);
      expect(waited.code).toBe(3);
      const told = new RegExp(
        `^The database .*held.duckdb is locked by process ${process.pid} .*; waiting up to 0.8 s`,
        "gm",
      );
      expect(waited.stderr.match(told)).toHaveLength(1);
    } finally {
      instance.closeSync();
    }
  });
});

describe("Ctrl-C", () => {
  const PAGES = 5;
  let server: Server;
  let asked: string[];
  /** Page 3 was asked for; its answer waits for `release`. */
  let third: ReturnType<typeof deferred>;
  let release: ReturnType<typeof deferred>;

  beforeEach(async () => {
    asked = [];
    third = deferred();
    release = deferred();
    server = createServer((request, response) => {
      const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? 1);
      asked.push(`page ${page}`);
      const next = page < PAGES ? `http://${request.headers.host}/items?page=${page + 1}` : null;
      const answer = (): void =>
        void response
          .setHeader("content-type", "application/json")
          .end(JSON.stringify({ items: [{ id: page }], next }));
      if (page !== 3) return answer();
      third.resolve();
      void release.promise.then(answer);
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    await workspace.write("items.json", {
      pipeline_name: "items",
      destination: "items.duckdb",
      dataset_name: "items_data",
      source: {
        name: "items",
        client: {
          base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
          paginator: { type: "json_link", next_url_path: "next" },
        },
        resources: [{ name: "items", endpoint: { path: "items", data_selector: "items" } }],
      },
    });
  });

  afterEach(async () => {
    release.resolve();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("stops in order after %s; the same command goes on from there", async (signal, exitCode) => {
    const interrupted = workspace.start(["run", "items.json"]);
    await third.promise;
    const { pid } = interrupted.process;
    const meanwhile = await workspace.sluice(["status", "items"]);
    expect(meanwhile.stdout).toMatch(new RegExp(`^Process ${pid} on .* is running it since .*Z\\.$`, "m"));
    expect(meanwhile.stdout).toContain(": not complete yet\n");
    const asJson = await workspace.sluice(["status", "items", "--json"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      state: "running",
      running: { pid },
      pending: [{ state: "interrupted" }],
    });
    interrupted.process.kill(signal);
    const { code, stdout, stderr } = await interrupted.result;
    expect(code).toBe(exitCode);
    expect(stdout).toBe("");
    expect(stderr).toContain("the same command goes on from there");

    const status = await workspace.sluice(["status", "items"]);
    expect(status.code).toBe(0);
    expect(status.stdout).toContain("2 rows so far: interrupted: run again to go on");

    release.resolve();
    asked.length = 0;
    const resumed = await workspace.sluice(["run", "items.json", "--json"]);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ resumed: true, tables: { items: PAGES } });
    expect(asked).toEqual(["page 3", "page 4", "page 5"]);
    expect(await countRows("items", "items.duckdb", "items_data")).toBe(PAGES);
  });

  it.each([1, 2])("ends a run that something keeps alive (%i times)", async (times) => {
    await workspace.write(
      "stuck.mjs",
      `import { duckdb, resource } from "sluice";
      const rows = resource({ name: "rows" }, async function* () {
        yield [{ id: 1 }];
        yield [{ id: 2 }];
        process.stdout.write("reading\\n");
        await new Promise((resolve) => setInterval(resolve, 1e9));
      });
      export default { pipelineName: "stuck", destination: duckdb("stuck.duckdb"), source: rows };`,
    );
    const run = workspace.start(["run", "stuck.mjs"]);
    run.process.stdout?.once("data", () => {
      for (let i = 0; i < times; i++) run.process.kill("SIGINT");
    });
    expect((await run.result).code).toBe(130);
    const status = await workspace.sluice(["status", "stuck"]);
    expect(status.stdout).toMatch(/\d rows? so far: interrupted/);
  });
});

describe("a run that was interrupted", () => {
  it("can be started afresh, or dropped", async () => {
    let broken = true;
    const server = createServer((request, response) => {
      const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? 1);
      const next = page < 2 ? `http://${request.headers.host}/items?page=2` : null;
      response.setHeader("content-type", "application/json").statusCode = broken && page === 2 ? 410 : 200;
      response.end(JSON.stringify({ items: [{ id: page }], next }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    try {
      await workspace.write("items.json", {
        pipeline_name: "items",
        destination: "items.duckdb",
        dataset_name: "items_data",
        source: {
          name: "items",
          client: { base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
          resources: [{ name: "items", endpoint: { data_selector: "items", paginator: "json_link" } }],
        },
      });
      expect(await workspace.sluice(["run", "items.json"])).toMatchObject({ code: 1 });
      const dropped = await workspace.sluice(["drop-pending", "items"]);
      expect(dropped.stdout).toMatch(/^Dropped 1 package: \d+\.\d+\.\n$/);
      const nothing = await workspace.sluice(["drop-pending", "items", "--json"]);
      expect(JSON.parse(nothing.stdout)).toEqual({ pipelineName: "items", dropped: [] });
      expect((await workspace.sluice(["status", "items"])).stdout).toContain("Nothing is pending.");
      expect((await workspace.sluice(["drop-pending", "nobody"])).code).toBe(2);

      expect(await workspace.sluice(["run", "items.json"])).toMatchObject({ code: 1 });
      broken = false;
      const afresh = await workspace.sluice(["run", "items.json", "--no-resume", "--json"]);
      expect(JSON.parse(afresh.stdout)).toMatchObject({ resumed: false, tables: { items: 2 } });
      expect(afresh.stderr).toContain("was set aside in");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("sluice status", () => {
  it("shows the last load, as text and as JSON, and knows which pipelines there are", async () => {
    await workspace.write("github.yaml", githubYaml());
    await workspace.sluice(["run", "github.yaml", "--resources", "pulls"], { GITHUB_TOKEN: TOKEN });
    const text = await workspace.sluice(["status", "github"]);
    expect(text).toMatchObject({ code: 0 });
    expect(text.stdout).toMatch(
      /Last load \d+\.\d+ of github: \d+ rows into github_data at duckdb:.*\nNothing is pending\.\n$/,
    );
    const json = await workspace.sluice(["status", "github", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      pipelineName: "github",
      state: "idle",
      lastRun: { tables: { pulls: 2 } },
      pending: [],
    });
    const unknown = await workspace.sluice(["status", "gitlab"]);
    expect(unknown).toMatchObject({ code: 0, stderr: "" });
    expect(unknown.stdout).toContain("Those that have: github.");
    const unknownJson = await workspace.sluice(["status", "gitlab", "--json"]);
    expect(unknownJson).toMatchObject({ code: 0 });
    expect(JSON.parse(unknownJson.stdout)).toEqual({
      pipelineName: "gitlab",
      state: "never ran",
      lastRun: null,
      running: null,
      pending: [],
    });
  });
});

describe("sluice check", () => {
  it("takes the options of pipeline() that are data from a file, and says which values are possible", async () => {
    const options = "refresh: drop_data\nsync_interval: 0.5\nconcurrency: 2\ndev_mode: true\npipelines_dir: packages\n";
    await workspace.write("github.yaml", `${options}${githubYaml()}`);
    expect(await workspace.sluice(["check", "github.yaml"], { GITHUB_TOKEN: TOKEN })).toMatchObject({ code: 0 });
    const wrong = options
      .replace("drop_data", "drop_all")
      .replace("0.5", "-1")
      .replace("concurrency: 2", "concurrency: 0");
    await workspace.write("github.yaml", `${wrong}${githubYaml()}`);
    const { code, stderr } = await workspace.sluice(["check", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'github.yaml:1:1: refresh must be "drop_sources", "drop_resources" or "drop_data"; found "drop_all"',
    );
    expect(stderr).toContain("github.yaml:2:1: sync_interval must be at least 0; found -1");
    expect(stderr).toContain("github.yaml:3:1: concurrency must be at least 1; found 0");
  });

  it("takes a destination with options, and says which are possible", async () => {
    const source = { client: { base_url: "https://api.example.com" }, resources: ["a"] };
    const check = async (destination: unknown) => {
      await workspace.write("p.json", { pipeline_name: "p", destination, source });
      return workspace.sluice(["check", "p.json"]);
    };
    const all = { type: "duckdb", path: "x.duckdb", lock_timeout: 0, memory_limit: "1GB", threads: 2 };
    const instance = await DuckDBInstance.create(workspace.path("x.duckdb"));
    try {
      const { code, stderr } = await check(all);
      expect(code).toBe(3);
      expect(stderr).toContain("waited 0 s for it");
    } finally {
      instance.closeSync();
    }
    expect(await check(all)).toMatchObject({ code: 0, stdout: expect.stringContaining("x.duckdb") });
    expect((await check({ ...all, lock_timeout: -1, thread: 1 })).stderr).toMatch(
      /destination\.lock_timeout must be at least 0; found -1\n.*destination\.thread is no known key.*threads/,
    );
    expect((await check({ path: "x.duckdb" })).stderr).toContain("destination.type is missing");
    expect((await check(3)).stderr).toContain("destination must be a text or an object such as");
  });

  it("accepts a good file without a request and refuses a bad one", async () => {
    await workspace.write("github.yaml", githubYaml());
    const good = await workspace.sluice(["check", "github.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(good).toMatchObject({ code: 0 });
    expect(good.stdout).toMatch(/resources +issues, .*comments/);
    expect(github.requests).toEqual([]);
    await workspace.write("bad.yaml", githubYaml().replace("resources.issues.number", "resources.tickets.number"));
    const bad = await workspace.sluice(["check", "bad.yaml"], { GITHUB_TOKEN: TOKEN });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain("tickets");
  });

  it("finds a merge without a key", async () => {
    const source = {
      client: { base_url: "https://api.example.com" },
      resources: [{ name: "a", write_disposition: "merge" }],
    };
    await workspace.write("keyless.json", JSON.stringify({ pipeline_name: "keyless", destination: "duckdb", source }));
    const keyless = await workspace.sluice(["check", "keyless.json"]);
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain('Table "a" is to be merged (delete-insert) and has no key');
  });
});
