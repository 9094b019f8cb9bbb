import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { pipeline } from "sluice";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXIT_CODES } from "../../src/cli/exit-codes.js";
import { loadPipelineFile } from "../../src/cli/pipeline-file.js";
import { createProgram } from "../../src/cli/program.js";
import { schemaFromYaml } from "../../src/schema/schema-document.js";
import { codeBlocks, ROOT } from "./code-blocks.js";

/** What a block may use without saying so: only whole programs repeat their imports. */
const PRELUDE =
  'import { config, definePipeline, duckdb, pipeline, resource, restApiSource, RestClient, secrets } from "sluice";';

/** Other YAML is a pipeline file. */
const isSchema = (yaml: string): boolean => /^tables:/m.test(yaml);

/** The names in the first column of a Markdown table. */
function firstColumn(table: string): string[] {
  const cells = table.split("\n").flatMap((line) => /^\| (`[^|]*) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([$\w]+)`/g)].map(([, name = ""]) => name));
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sluice-docs-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("the documentation", () => {
  it("has TypeScript that compiles", async () => {
    const blocks = codeBlocks().filter(({ language }) => language === "ts");
    expect(blocks.length).toBeGreaterThan(5);
    for (const { file, line, code } of blocks) {
      // As many lines in front as in the document, so that the compiler's line numbers are the document's.
      const head = `${/^import .* from "sluice"/m.test(code) ? "" : PRELUDE}${"\n".repeat(line - 1)}`;
      const target = path.join(folder, `${file}.${line}.ts`);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, `${head}${code}\nexport {};\n`);
    }
    await writeFile(path.join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(compilerConfig()));
    const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder, "--pretty", "false"]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe("");
  });

  it("has schemas in YAML that can be imported", () => {
    const blocks = codeBlocks().filter((block) => block.language === "yaml" && isSchema(block.code));
    expect(blocks.map(({ file, code }) => schemaFromYaml(code, file).name)).toEqual(["github"]);
  });

  it("names every option of pipeline(), and every key of a pipeline file", async () => {
    const configuration = await readFile(path.join(ROOT, "docs/configuration.md"), "utf8");
    const table = configuration.split("\n## Options of `pipeline()`\n")[1]?.split("\n## ")[0] ?? "";
    const wrong: object = { nonsense: true };
    expect(() => pipeline({ pipelineName: "p", destination: "duckdb", ...wrong })).toThrow(
      expect.objectContaining({ hint: `Its options are: ${firstColumn(table).join(", ")}.` }),
    );

    const cli = await readFile(path.join(ROOT, "docs/cli.md"), "utf8");
    const keys = firstColumn(cli.split("\n| key | |\n")[1]?.split("\n\n")[0] ?? "");
    await writeFile(path.join(folder, "p.yaml"), "pipeline_name: p\ndestination: duckdb\nsource: {}\nzzz: 1\n");
    const refused = await loadPipelineFile(path.join(folder, "p.yaml")).then(() => "nothing", String);
    expect(/allowed: (.*)/.exec(refused)?.[1]?.split(", ").toSorted()).toEqual(keys.toSorted());
  });

  it("has pipeline files in YAML that pass the checks of the CLI", async () => {
    const blocks = codeBlocks().filter(({ language, code }) => language === "yaml" && !isSchema(code));
    expect(blocks.length).toBeGreaterThan(0);
    for (const { file, line, code } of blocks) {
      const target = path.join(folder, `${path.basename(file)}.${line}.yaml`);
      await writeFile(target, code);
      for (const [, root, name = ""] of code.matchAll(/\$\{(env|secrets|config)\.([\w.]+)\}/g)) {
        const variable = root === "env" ? name : name.replaceAll(".", "__").toUpperCase();
        vi.stubEnv(variable, variable.endsWith("PRIVATE_KEY") ? privateKey() : "a value for the examples");
      }
      await expect(loadPipelineFile(target)).resolves.toMatchObject({ pipelineName: expect.any(String) });
    }
  });

  it("names every command, option and exit code of the CLI", async () => {
    const page = await readFile(path.join(ROOT, "docs/cli.md"), "utf8");
    const program = createProgram();
    const options = [program, ...program.commands].flatMap((command) => command.options.map(({ long }) => long));
    for (const name of [...program.commands.map((command) => `sluice ${command.name()}`), ...options])
      expect(page).toContain(name);
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(page).toContain(`| ${code} | ${meaning} |`);
  });
});

function privateKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function compilerConfig(): unknown {
  return {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [path.join(ROOT, "node_modules/@types")],
      paths: { sluice: [path.join(ROOT, "src/index.ts")] },
    },
    include: ["**/*.ts"],
  };
}
