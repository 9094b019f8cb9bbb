import { readFile } from "node:fs/promises";
import { Command, type CommandUnknownOpts, InvalidArgumentError } from "@commander-js/extra-typings";
import { ConfigError } from "../../core/errors.js";
import type { SchemaStore, SchemaVersion, StoredSchema } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { loadPipelineFile } from "../pipeline-file.js";

interface SchemaOptions {
  readonly name?: string;
  /** Version number; default the newest. */
  readonly at?: number;
  readonly versions?: boolean;
  /** True: the version before; else a version number or a file. */
  readonly diff?: string | true;
  readonly export?: string;
  readonly destination?: string;
  readonly dataset?: string;
  readonly json?: boolean;
}

/** `sluice schema`: what `_dlt_version` of a dataset holds. */
export function schemaCommand(): CommandUnknownOpts {
  return new Command("schema")
    .description("print the schema of a dataset, its versions, or what changed between two of them")
    .argument("<file>", "pipeline file: .ts, .mts, .js, .mjs, .yaml, .yml or .json")
    .option("--name <schema>", "only the schema (source) of this name")
    .option("--at <version>", "this version instead of the newest", versionNumber)
    .option("--versions", "list the stored versions")
    .option(
      "--diff [version|file]",
      "print what changed since a version (default: the one before) or since an exported file",
    )
    .option("--export <folder>", "write <name>.schema.yaml into a folder instead of printing it")
    .option("--destination <name|path>", "look here instead: an engine's name, or the path of a DuckDB file")
    .option("--dataset <name>", "look into this dataset instead")
    .option("--json", "print JSON instead of YAML and text")
    .action(async (file, options) => {
      process.stdout.write(await describe(file, options));
      process.exitCode = EXIT_CODES.ok.code;
    });
}

async function describe(file: string, options: SchemaOptions): Promise<string> {
  const { pipeline } = await import("../../index.js");
  const { source: _, ...settings } = await loadPipelineFile(file);
  const { destination, dataset, name, json = false } = options;
  const target = pipeline({
    ...settings,
    ...(destination === undefined ? {} : { destination }),
    ...(dataset === undefined ? {} : { datasetName: dataset }),
  });
  const versions = await target.schemas.versions(name);
  if (options.versions === true) return json ? `${JSON.stringify(versions)}\n` : listed(versions);
  const names = [...new Set(name === undefined ? versions.map((version) => version.name) : [name])];
  if (names.length === 0)
    throw new ConfigError(`Dataset "${target.datasetName}" at ${target.destination.location} has no schema yet`, {
      hint: `Load something first: sluice run ${file}`,
    });
  const parts: string[] = [];
  for (const each of names) parts.push(await describeOne(each, target.schemas, options));
  return json ? `[${parts.join(",")}]\n` : parts.filter((part) => part !== "").join("---\n");
}

async function describeOne(name: string, schemas: SchemaStore, options: SchemaOptions): Promise<string> {
  const { schemaToYaml } = await import("../../schema/schema-document.js");
  const schema = await schemas.read(name, options.at);
  if (options.diff !== undefined) return difference(schema, options.diff, schemas, options.json === true);
  if (options.export === undefined) return options.json === true ? JSON.stringify(schema) : schemaToYaml(schema);
  const { exportSchema } = await import("../../pipeline/schema-folder.js");
  const file = await exportSchema(options.export, schema);
  return options.json === true ? JSON.stringify({ name, file }) : `${file}\n`;
}

async function difference(
  after: StoredSchema,
  since: string | true,
  schemas: SchemaStore,
  json: boolean,
): Promise<string> {
  const { describeDifferences, diffSchemas } = await import("../../schema/schema-diff.js");
  const [before, label] = await earlier(after, since, schemas);
  const differences = diffSchemas(before, after);
  if (json) return JSON.stringify({ name: after.name, since: label, version: after.version, differences });
  const title = `Schema ${after.name}, version ${after.version}, compared with ${label}:\n`;
  return title + (describeDifferences(differences) || "nothing has changed\n");
}

/** What a schema is compared with, and how that is called. */
async function earlier(
  { name, version }: StoredSchema,
  since: string | true,
  schemas: SchemaStore,
): Promise<readonly [StoredSchema | undefined, string]> {
  if (since === true) {
    const before = (await schemas.versions(name)).findLast((stored) => stored.version < version);
    return before === undefined
      ? [undefined, "nothing before it"]
      : [await schemas.read(name, before.version), `version ${before.version}`];
  }
  if (/^\d+$/.test(since)) return [await schemas.read(name, Number(since)), `version ${since}`];
  const { schemaFromYaml } = await import("../../schema/schema-document.js");
  return [schemaFromYaml(await textOf(since), since), since];
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read`, {
      cause,
      hint: "Give a version number, or a file that `sluice schema --export` has written.",
    });
  }
}

function listed(versions: readonly SchemaVersion[]): string {
  if (versions.length === 0) return "No schema is stored yet.\n";
  return versions
    .map(({ name, version, hash, storedAt }) => `${storedAt}  ${name}  version ${version}  ${hash}\n`)
    .join("");
}

function versionNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("It must be a whole number.");
  return value;
}
