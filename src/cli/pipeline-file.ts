import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import type { PipelineDefinition } from "../index.js";

/** Kinds of pipeline files by extension. */
const TYPESCRIPT = new Set([".ts", ".mts", ".cts"]);
const JAVASCRIPT = new Set([".js", ".mjs", ".cjs"]);
const CONFIG = new Set([".yaml", ".yml", ".json"]);

const EXPORT_HINT = "Write `export default definePipeline({ pipelineName, destination, datasetName, source })`.";

/**
 * Reads a pipeline file: TypeScript or JavaScript that exports `definePipeline(…)` (or a function that returns it) as default,
 * or YAML or JSON with the same keys in snake_case.
 *
 * @throws ConfigError when there is no such file, when it cannot be run, or when it does not define a pipeline.
 */
export async function loadPipelineFile(file: string): Promise<PipelineDefinition> {
  const absolute = path.resolve(file);
  const extension = path.extname(absolute).toLowerCase();
  if (!existsSync(absolute))
    throw new ConfigError(`There is no file ${file}`, { hint: "`sluice init` writes a pipeline to start from." });
  if (CONFIG.has(extension)) {
    const { readConfigFile } = await import("./config-file.js");
    return readConfigFile(absolute, file);
  }
  if (TYPESCRIPT.has(extension)) return definitionOf(() => importTypeScript(absolute), file);
  if (JAVASCRIPT.has(extension)) return definitionOf(() => import(pathToFileURL(absolute).href), file);
  throw new ConfigError(`${file} is no pipeline file`, {
    hint: `It must end in ${[...TYPESCRIPT, ...JAVASCRIPT, ...CONFIG].join(", ")}.`,
  });
}

/**
 * The file sees this very copy of sluice, installed beside it or not: one registry of secrets, one class per error.
 */
async function importTypeScript(file: string): Promise<unknown> {
  const [{ createJiti }, sluice] = await Promise.all([import("jiti"), import("../index.js")]);
  const jiti = createJiti(import.meta.url, { virtualModules: { sluice }, interopDefault: false });
  return jiti.import(file);
}

async function definitionOf(load: () => Promise<unknown>, file: string): Promise<PipelineDefinition> {
  const definition = await exportOf(load, file).catch(async (error: unknown) => {
    const { fileFailure } = await import("./file-failure.js");
    throw await fileFailure(error, file);
  });
  if (isDefinition(definition)) return definition;
  throw new ConfigError(`${file} exports ${describe(definition)} as default, not a pipeline definition`, {
    hint: EXPORT_HINT,
  });
}

/** What the file exports as default, or what the function returns that it exports. */
async function exportOf(load: () => Promise<unknown>, file: string): Promise<unknown> {
  const module = await load();
  const exported: unknown =
    typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  if (exported === undefined) throw new ConfigError(`${file} has no default export`, { hint: EXPORT_HINT });
  return typeof exported === "function" ? exported() : exported;
}

function isDefinition(value: unknown): value is PipelineDefinition {
  return isPlainObject(value) && typeof value["pipelineName"] === "string" && value["source"] !== undefined;
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return `${typeof value} ${excerpt(value)}`;
  if (isPlainObject(value)) return `an object with ${Object.keys(value).join(", ") || "no keys"}`;
  return `a ${value.constructor.name}`;
}
