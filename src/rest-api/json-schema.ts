import * as z from "zod/mini";
import { isPlainObject, type JsonObject, type JsonValue } from "../core/json.js";
import { authShapes } from "../rest/auth/index.js";
import type { OptionShape } from "../rest/config-reader.js";
import { paginatorShapes } from "../rest/paginators/index.js";
import { type ConfigSchema, definitionOf, schemas } from "./schema.js";
import { toSnake } from "./spelling.js";

/**
 * What the documentation says of a key. `part` is the part of the config that has it: `client`, `defaults`, `resource`,
 * `endpoint`, `incremental`, `paginator <type>`, `auth <type>`.
 */
export type DescribeKey = (part: string, key: string) => string | undefined;

/** Stands for what JSON cannot express, until {@link finished} has taken it out. */
const INEXPRESSIBLE = "x-sluice-inexpressible";
/** The part of the config that an object is, for {@link finished}: zod fills schemas in place, so that nothing may be moved before it is done. */
const PART = "x-sluice-part";

/** `${env.NAME}` and its like, which take the value with its type. */
const PLACEHOLDER: JsonObject = { type: "string", pattern: "^\\$\\{[^}]*\\}$" };

/** The parts that become definitions. */
const DEFINITIONS = [
  "client",
  "defaults",
  "resource",
  "endpoint",
  "incremental",
  "param",
  "column",
  "rateLimit",
  "paginator",
  "auth",
] as const;
const PARTS = [...DEFINITIONS, "entry", "columns"] as const;

/**
 * The JSON Schema (draft 7) of a schema that may contain those of the REST API config: what editors need to complete and
 * check YAML and JSON files. Keys are snake_case, camelCase is accepted beside it. Functions and instances are left out, and
 * where a number, a flag or a word is wanted a placeholder may stand.
 */
export function jsonSchemaOf(schema: ConfigSchema, describe: DescribeKey): JsonObject {
  const known = schemas();
  const names = z.registry<{ id: string }>();
  for (const part of DEFINITIONS) names.add(known[part], { id: toSnake(part) });
  const raw: unknown = z.toJSONSchema(schema, {
    target: "draft-7",
    unrepresentable: "any",
    metadata: names,
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = definitionOf(zodSchema);
      const part = PARTS.find((name) => known[name] === zodSchema) ?? (type === "object" ? "config" : undefined);
      const given = formOf(zodSchema, describe) ?? (type === "custom" ? { [INEXPRESSIBLE]: true } : undefined);
      Object.assign(jsonSchema, given, part !== undefined && { [PART]: part });
    },
  });
  // What zod makes is JSON; the types of its own do not say so.
  return finished(raw as JsonObject, describe) as JsonObject;
}

function formOf(schema: ConfigSchema, describe: DescribeKey): JsonObject | undefined {
  const known = schemas();
  if (schema === known.paginator) return oneOfTypes("paginator", paginatorShapes(), describe, []);
  if (schema === known.auth) {
    const token = objectSchema(new Map([["token", { schema: { type: "string" }, isRequired: true }]]), () => undefined);
    return oneOfTypes("auth", authShapes(), describe, [token]);
  }
  return known.forms.get(schema);
}

/** With the texts and lists that stand for objects; see `canonical.ts`. */
function withShorthand(part: JsonValue | undefined, own: JsonObject): JsonObject {
  if (part === "endpoint") return { anyOf: [{ type: "string" }, own] };
  if (part === "entry") return { anyOf: [{ type: "string", minLength: 1 }, own] };
  if (part === "column") return { ...own, patternProperties: { "^x-": {} } };
  if (part === "columns")
    return {
      anyOf: [own, { type: "array", items: { allOf: [{ $ref: "#/definitions/column" }], required: ["name"] } }],
    };
  if (part !== "param") return own;
  // A cursor without `type`: what `cursor_path` says is enough.
  const options = Array.isArray(own["anyOf"]) ? own["anyOf"] : [];
  return {
    anyOf: options.map((option) =>
      isPlainObject(option) && Array.isArray(option["required"]) && JSON.stringify(option).includes('"incremental"')
        ? { ...option, required: option["required"].filter((key) => key !== "type") }
        : option,
    ),
  };
}

/** A text for types that need no options, and one object per type. */
function oneOfTypes(
  part: string,
  types: ReadonlyMap<string, ReadonlyMap<string, OptionShape>>,
  describe: DescribeKey,
  others: readonly JsonObject[],
): JsonObject {
  const expressible = [...types].filter(([, shapes]) =>
    [...shapes.values()].every(({ schema, isRequired }) => schema !== undefined || !isRequired),
  );
  const alone = expressible.filter(([, shapes]) => [...shapes.values()].every(({ isRequired }) => !isRequired));
  return {
    anyOf: [
      { enum: alone.map(([type]) => type) },
      ...expressible.map(([type, shapes]) => objectSchema(shapes, (key) => describe(`${part} ${type}`, key), type)),
      ...others,
    ],
  };
}

function objectSchema(
  shapes: ReadonlyMap<string, OptionShape>,
  describe: (key: string) => string | undefined,
  type?: string,
): JsonObject {
  const properties: Record<string, JsonValue> = {};
  for (const [name, { schema }] of shapes)
    properties[name] = schema === undefined ? { [INEXPRESSIBLE]: true } : { anyOf: [schema, { type: "null" }] };
  return spelt(
    {
      type: "object",
      properties: { ...(type !== undefined && { type: { const: type } }), ...properties },
      required: [
        ...(type === undefined ? [] : ["type"]),
        ...[...shapes].filter(([, { isRequired }]) => isRequired).map(([name]) => name),
      ],
      additionalProperties: false,
    },
    describe,
  );
}

/** An object's schema with its keys in snake_case; camelCase is accepted and not offered. */
function spelt(schema: JsonObject, describe: (key: string) => string | undefined): JsonObject {
  const { properties, required } = schema;
  if (!isPlainObject(properties)) return schema;
  const entries = Object.entries(properties);
  const inCamelCase = entries.filter(([key]) => toSnake(key) !== key);
  const needed = Array.isArray(required) ? required.map(String) : [];
  const neededEither = needed.filter((key) => toSnake(key) !== key);
  return {
    ...schema,
    properties: Object.fromEntries(
      entries.map(([key, value]) => {
        const description = describe(key);
        return [toSnake(key), description !== undefined && isPlainObject(value) ? { description, ...value } : value];
      }),
    ),
    ...(inCamelCase.length > 0 && {
      patternProperties: Object.fromEntries(inCamelCase.map(([key, value]) => [`^${key}$`, value])),
    }),
    required: needed.filter((key) => !neededEither.includes(key)),
    ...(neededEither.length > 0 && {
      allOf: neededEither.map((key) => ({ anyOf: [{ required: [toSnake(key)] }, { required: [key] }] })),
    }),
  };
}

/** The schema in its last form: spelt, with shorthands and placeholders, without what JSON cannot express; undefined when nothing is left. */
function finished(schema: JsonValue, describe: DescribeKey): JsonValue | undefined {
  if (Array.isArray(schema))
    return schema.map((item: JsonValue) => finished(item, describe)).filter((item) => item !== undefined);
  if (!isPlainObject(schema)) return schema;
  if (schema[INEXPRESSIBLE] === true) return undefined;
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(schema)) {
    // The largest exact integers are no limits that help anybody.
    if (key === PART || value === undefined || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) continue;
    const kept = finished(value, describe);
    if (kept !== undefined) result[key] = kept;
  }
  const options = result["anyOf"];
  if (Array.isArray(options) && Array.isArray(schema["anyOf"]) && options.every(isNull)) return undefined;
  const { [PART]: part } = schema;
  if (typeof part === "string")
    return withShorthand(
      part,
      spelt(result, (key) => describe(part, key)),
    );
  const types = Array.isArray(result["type"]) ? result["type"] : [result["type"]];
  const takesPlaceholders =
    Array.isArray(result["enum"]) ||
    (types.some((type) => type === "number" || type === "integer" || type === "boolean") && !types.includes("string"));
  return takesPlaceholders ? { anyOf: [result, PLACEHOLDER] } : result;
}

function isNull(schema: JsonValue): boolean {
  return isPlainObject(schema) && schema["type"] === "null";
}
