import * as z from "zod/mini";
import type { JsonObject } from "../core/json.js";
import { type DescribeKey, jsonSchemaOf } from "../rest-api/json-schema.js";
import { type ConfigSchema, definitionOf, schemas } from "../rest-api/schema.js";
import { pipelineFileShape } from "./config-file.js";

/**
 * The JSON Schema of pipeline files in YAML and JSON. The build writes it into the package as `pipeline.schema.json`; it is
 * made of what the files are checked with, so that it cannot say anything else.
 */
export function pipelineSchema(describe: DescribeKey): JsonObject {
  const config = definitionOf(schemas().config);
  const shape: Readonly<Record<string, ConfigSchema>> = config.type === "object" ? config.shape : {};
  const source = z.strictObject({ name: z.optional(z.string()), ...shape });
  const file = z.strictObject({ ...pipelineFileShape(), source });
  return { title: "sluice pipeline", ...jsonSchemaOf(file, describe) };
}
