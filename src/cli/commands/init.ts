import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT_CODES } from "../exit-codes.js";
import { IGNORED, starterFiles } from "../starter.js";
import { sluiceVersion } from "../version.js";

/** `sluice init`: writes a pipeline to start from. */
export function initCommand(): CommandUnknownOpts {
  return new Command("init")
    .description("write a pipeline that works as it is; files that exist are left alone")
    .argument("[dir]", "folder of the new pipeline", ".")
    .option("--yaml", "the pipeline in YAML instead of TypeScript")
    .option("--yes", "do not ask")
    .action(async (dir, options) => {
      process.exitCode = await init(dir, options.yaml === true ? "yaml" : "ts", options.yes === true);
    });
}

async function init(dir: string, format: "ts" | "yaml", yes: boolean): Promise<number> {
  const folder = path.resolve(dir);
  const files = starterFiles(packageName(folder), sluiceVersion(), format);
  const missing: string[] = [];
  for (const file of files.keys()) {
    const state = (await exists(path.join(folder, file))) ? "exists, left alone" : "new";
    process.stdout.write(`  ${file}  (${state})\n`);
    if (state === "new") missing.push(file);
  }
  if (!yes && !(await confirmed(`Write ${missing.length} files into ${folder}?`))) return EXIT_CODES.cancelled.code;

  for (const file of missing) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    // "wx": a file that came up in the meantime is not overwritten.
    await writeFile(path.join(folder, file), files.get(file) ?? "", {
      flag: "wx",
      mode: file.endsWith("secrets.toml") ? 0o600 : 0o644,
    });
  }
  await ignore(path.join(folder, ".gitignore"));
  const enter = dir === "." ? "" : `cd ${dir} && `;
  const archive = `<path of sluice-${sluiceVersion()}.tgz>`;
  process.stdout.write(
    `\nsluice is not on npm yet: \`npm pack\` in a clone of it makes the file that is installed here.\n`,
  );
  process.stdout.write(`Next:  ${enter}npm install ${archive} && npx sluice run pipeline.${format} --limit 1\n`);
  return EXIT_CODES.ok.code;
}

/** Adds the lines that are missing; what is there stays as it is. */
async function ignore(file: string): Promise<void> {
  const present = (await exists(file)) ? await readFile(file, "utf8") : "";
  const lines = new Set(present.split(/\r?\n/).map((line) => line.trim()));
  const added = IGNORED.filter((line) => !lines.has(line));
  if (added.length === 0) return;
  await writeFile(file, `${present}${present === "" || present.endsWith("\n") ? "" : "\n"}${added.join("\n")}\n`);
}

/** Asks on a terminal; elsewhere nobody can answer and the call itself is the answer. */
async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|)$/i.test((await terminal.question(`${question} [Y/n] `)).trim());
  } finally {
    terminal.close();
  }
}

/** The folder's name as npm accepts it. */
function packageName(folder: string): string {
  return (
    path
      .basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "pipeline"
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false, // Not there, or not ours to see: writing will tell.
  );
}
