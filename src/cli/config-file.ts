import { readFile } from "node:fs/promises";
import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import type { PipelineDefinition } from "../index.js";
import { didYouMean, toCamel, toSnake } from "../rest-api/spelling.js";
import { destinationFrom } from "./destination-option.js";
import { type DocumentPath, YamlDocument } from "./yaml-document.js";

/** A config beyond this is not one that somebody wrote. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The keys of a pipeline file in canonical spelling, and what each must be. */
const KEYS: Readonly<Record<string, "text" | "true or false" | "a whole number" | "an object">> = {
  pipelineName: "text",
  destination: "text",
  datasetName: "text",
  pipelinesDir: "text",
  devMode: "true or false",
  concurrency: "a whole number",
  source: "an object",
};
const REQUIRED = ["pipelineName", "destination", "source"];

/** One mistake and where it is. */
interface Problem {
  readonly path: DocumentPath;
  readonly message: string;
}
