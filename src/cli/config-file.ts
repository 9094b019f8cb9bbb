import { readFile, stat } from "node:fs/promises";
import * as z from "zod/mini";
import { expandPlaceholders } from "../config/index.js";
import { ConfigError, excerpt, isSluiceError } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import { duckdb, type DuckDbOptions } from "../destinations/duckdb/index.js";
import type { PipelineDefinition } from "../index.js";
import { REFRESHES } from "../pipeline/refresh.js";
import { type ConfigProblem, restApiSourceFrom, validateRestApiConfig } from "../rest-api/index.js";
import { didYouMean } from "../core/nearest.js";
import { NAMING_NAMES } from "../schema/naming/registry.js";
import { formatPath, toCamel, toSnake } from "../rest-api/spelling.js";
import { expectation } from "../rest-api/validation.js";
import { type DocumentPath, YamlDocument } from "./yaml-document.js";

/** A config beyond this is not one that somebody wrote. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A destination with options: those of `DuckDbOptions`. */
const duckDbFile = z.strictObject({
  type: z.literal("duckdb"),
  path: z.exactOptional(z.string().check(z.minLength(1))),
  lockTimeout: z.exactOptional(z.number().check(z.gte(0))),
  memoryLimit: z.exactOptional(z.string()),
  threads: z.exactOptional(z.int().check(z.gte(1))),
});

/** The top level of a pipeline file in canonical spelling; `source` is checked by the REST API source. */
const pipelineFile = z.strictObject({
  pipelineName: z.string(),
  destination: z.union([z.string(), duckDbFile]),
  datasetName: z.exactOptional(z.string()),
  pipelinesDir: z.exactOptional(z.string()),
  devMode: z.exactOptional(z.boolean()),
  naming: z.exactOptional(z.enum(NAMING_NAMES)),
  importSchemaPath: z.exactOptional(z.string()),
  exportSchemaPath: z.exactOptional(z.string()),
  concurrency: z.exactOptional(z.int().check(z.gte(1))),
  /** For editors, which find the JSON Schema by it. */
  $schema: z.exactOptional(z.string()),
  syncInterval: z.exactOptional(z.number().check(z.gte(0))),
  refresh: z.exactOptional(z.enum(REFRESHES)),
  source: z.record(z.string(), z.unknown()),
});

type PipelineFile = z.infer<typeof pipelineFile>;

/** The keys of the top level as they are checked. */
export function pipelineFileShape(): Readonly<Record<string, z.core.$ZodType>> {
  return pipelineFile.shape;
}

/**
 * Reads a pipeline from YAML or JSON: the keys of `definePipeline` in snake_case (camelCase is understood), the REST API
 * config and the source's `name` under `source`, `${env.NAME}` and `${secrets.path}` filled in.
 *
 * @param file path to read
 * @param shown path for messages
 * @throws ConfigError with `file:line:column` of every mistake.
 */
export async function readConfigFile(file: string, shown: string): Promise<PipelineDefinition> {
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw new ConfigError(`${shown} has ${size} bytes; a pipeline file has at most ${MAX_BYTES}`);
  const document = new YamlDocument(await readFile(file, "utf8"), shown);
  const {
    source,
    destination,
    $schema: _,
    ...settings
  } = checked(
    locating(document, [], () => expandPlaceholders(document.value())),
    document,
  );
  const { name, ...config } = source;
  const problems = validateRestApiConfig(config).map(({ path, message }) => ({ path: ["source", ...path], message }));
  if (name !== undefined && typeof name !== "string")
    problems.push({ path: ["source", "name"], message: `must be a text; found ${excerpt(name)}` });
  if (problems.length > 0) throw configError(problems, document);
  const options = typeof name === "string" ? { name } : {};
  return {
    ...settings,
    destination: typeof destination === "string" ? destination : duckdb(optionsOf(destination)),
    source: locating(document, ["source"], () => restApiSourceFrom(config, options)),
  };
}

function optionsOf(destination: z.infer<typeof duckDbFile>): DuckDbOptions {
  const { type: _, ...options } = destination;
  return options;
}

/** The top level, checked, in canonical spelling. */
function checked(value: unknown, document: YamlDocument): PipelineFile {
  if (!isPlainObject(value))
    throw new ConfigError(
      `${document.placeOf([])}: a pipeline file holds keys such as pipeline_name, not ${excerpt(value)}`,
    );
  const { destination } = value;
  const result = z.safeParse(pipelineFile, {
    ...inCamelCase(value),
    ...(isPlainObject(destination) && { destination: inCamelCase(destination) }),
  });
  if (result.success) return result.data;
  const { issues } = result.error;
  const ofDestination = issues.filter(({ path }) => path[0] === "destination" && destination !== undefined);
  const others = issues.filter((issue) => !ofDestination.includes(issue));
  throw configError(
    [
      ...others.flatMap((issue) => problemsOf(issue, pipelineFile, value, [])),
      ...(ofDestination.length === 0 ? [] : destinationProblems(destination)),
    ],
    document,
  );
}

function inCamelCase(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [toCamel(key), member]));
}

/** Why it is neither a text nor an object with options. */
function destinationProblems(destination: unknown): ConfigProblem[] {
  const path = ["destination"];
  if (!isPlainObject(destination))
    return [
      {
        path,
        message: `must be a text or an object such as { type: duckdb, path: my.duckdb }; found ${excerpt(destination)}`,
      },
    ];
  const { error } = z.safeParse(duckDbFile, inCamelCase(destination));
  return error?.issues.flatMap((issue) => problemsOf(issue, duckDbFile, destination, path)) ?? [];
}

/** An issue of an object, which stands at `base`, in the words of the file. */
function problemsOf(
  issue: z.core.$ZodIssue,
  { shape }: { readonly shape: object },
  value: Readonly<Record<string, unknown>>,
  base: DocumentPath,
): ConfigProblem[] {
  const spelling = new Map(Object.keys(value).map((given) => [toCamel(given), given]));
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(shape).map(toSnake);
    return issue.keys.map((key) => {
      const given = spelling.get(key) ?? key;
      const advice = didYouMean(given, known) || `; allowed: ${known.join(", ")}`;
      return { path: [...base, given], message: `is no known key${advice}` };
    });
  }
  const key = String(issue.path[0]);
  const given = spelling.get(key);
  if (given === undefined) return [{ path: [...base, toSnake(key)], message: "is missing" }];
  return [{ path: [...base, given], message: `must be ${expectation(issue)}; found ${excerpt(value[given])}` }];
}

/** One error for all problems, each with its place in the file. */
function configError(problems: readonly ConfigProblem[], document: YamlDocument): ConfigError {
  return new ConfigError(
    problems.map(({ path, message }) => `${document.placeOfKey(path)}: ${formatPath(path)} ${message}`).join("\n"),
  );
}

/** Adds the place in the file to an error that names a path below `base`. */
function locating<T>(document: YamlDocument, base: DocumentPath, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSluiceError(error) || error.place.path === undefined) throw error;
    throw new ConfigError(`${document.placeOf([...base, ...parsePath(error.place.path)])}: ${error.message}`, {
      cause: error,
    });
  }
}

/** `resources[1].endpoint` as keys and positions. */
function parsePath(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|\["([^"]*)"\]|([^.[\]]+)/g)].map(([, index, quoted, key]) =>
    index === undefined ? (quoted ?? key ?? "") : Number(index),
  );
}
