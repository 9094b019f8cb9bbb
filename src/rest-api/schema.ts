import * as z from "zod/mini";
import { isPlainObject, type JsonObject } from "../core/json.js";
import { CURSOR_FORMATS } from "../extract/incremental/index.js";
import { isIterable } from "../extract/define.js";
import { isPointInTime } from "../normalize/iso-timestamp.js";
import { RESPONSE_FORMATS } from "../rest/body-format.js";
import { hasRateLimitForm, RATE_LIMIT_FORM } from "../rest/pace/rate-limit.js";
import { HTTP_METHODS } from "../rest/request.js";
import { nearest } from "../core/nearest.js";
import { Resource } from "../extract/resource.js";
import {
  CONTRACT_MODES,
  DATA_TYPES,
  MERGE_STRATEGIES,
  REPLACE_STRATEGIES,
  WRITE_DISPOSITIONS,
} from "../schema/model.js";
import { isAuthObject, isPaginatorObject } from "./instances.js";
import { ARRAY_FORMATS } from "./lists.js";

/**
 * The shape of a config in canonical form, as zod schemas. It is the one description of the keys: `canonical.ts` walks
 * it to find out which keys are structure, `validation.ts` reports what does not fit, and `json-schema.ts` makes the JSON
 * Schema for editors of it. Null means "not given" everywhere; in a resource it also switches off a default.
 */
export type ConfigSchema = z.core.$ZodType;

/** The schemas that others ask for by name; `canonical.ts` recognises structure by their identity. */
export interface ConfigSchemas {
  readonly config: ConfigSchema;
  /** An entry of `resources`: described by config, or made with `resource()`. */
  readonly entry: ConfigSchema;
  /** Object form; a string is the path. */
  readonly endpoint: ConfigSchema;
  /** A query parameter; an object is one of dlt's older forms. */
  readonly param: ConfigSchema;
  /** A column hint keeps dlt's stored spelling; `x-…` keys are the user's own and always allowed. */
  readonly column: ConfigSchema;
  /** By name; a list of columns with names is the same. */
  readonly columns: ConfigSchema;
  /** Owned by the REST client: canonical there, checked by building the auth. */
  readonly auth: ConfigSchema;
  /** Owned by the REST client: canonical there, checked by building the paginator. */
  readonly paginator: ConfigSchema;
  readonly client: ConfigSchema;
  readonly defaults: ConfigSchema;
  readonly resource: ConfigSchema;
  readonly incremental: ConfigSchema;
  readonly rateLimit: ConfigSchema;
  /** What JSON Schema cannot make of a schema by itself, for values that JSON can express; functions and instances have none. */
  readonly forms: ReadonlyMap<ConfigSchema, JsonObject>;
}

let built: ConfigSchemas | undefined;

/** All schemas, built with the first config: importing sluice shall not cost it. */
export function schemas(): ConfigSchemas {
  return (built ??= build());
}

function nullish<T extends z.core.SomeType>(schema: T): z.ZodMiniOptional<z.ZodMiniNullable<T>> {
  return z.optional(z.nullable(schema));
}

function build(): ConfigSchemas {
  const func = z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "a function");
  const text = z.string();
  const keys = z.union([text, z.array(text)]);
  const count = z.int().check(z.gte(0));
  const seconds = z.number().check(z.gt(0));

  const forms = new Map<ConfigSchema, JsonObject>();
  /** A schema that a function checks, and its form in JSON. */
  const custom = <T>(accepts: (value: unknown) => boolean, expected: string, form: JsonObject): z.ZodMiniType<T> => {
    const schema = z.custom<T>(accepts, expected);
    forms.set(schema, form);
    return schema;
  };

  const paginatorSchema: ConfigSchema = z.custom(
    (value) => isPlainObject(value) || isPaginatorObject(value),
    "a paginator",
  );
  const authSchema: ConfigSchema = z.custom((value) => isPlainObject(value) || isAuthObject(value), "an auth");

  const contractMode = z.enum(CONTRACT_MODES);
  const schemaContract = z.union([
    contractMode,
    z.strictObject({
      tables: z.optional(contractMode),
      columns: z.optional(contractMode),
      dataType: z.optional(contractMode),
    }),
  ]);

  const time = z.string().check(z.refine(isPointInTime, "must be a date or a time in ISO 8601"));
  const disposition = z.enum(WRITE_DISPOSITIONS);
  const writeDisposition = z.union([
    disposition,
    z.strictObject({
      disposition,
      strategy: nullish(z.enum([...MERGE_STRATEGIES, ...REPLACE_STRATEGIES])),
      deduplicated: nullish(z.boolean()),
      validityColumnNames: nullish(z.tuple([text, text])),
      activeRecordTimestamp: nullish(time),
      boundaryTimestamp: nullish(time),
      rowVersionColumnName: nullish(text),
    }),
  ]);

  const flag = z.optional(z.boolean());
  const columnSchema: ConfigSchema = z.strictObject({
    name: z.optional(text),
    data_type: z.optional(z.enum(DATA_TYPES)),
    nullable: flag,
    precision: z.optional(count),
    scale: z.optional(count),
    timezone: flag,
    variant: flag,
    partition: flag,
    cluster: flag,
    unique: flag,
    sort: flag,
    primary_key: flag,
    merge_key: flag,
    row_key: flag,
    parent_key: flag,
    root_key: flag,
    hard_delete: flag,
    row_version: flag,
    dedup_sort: z.optional(z.enum(["asc", "desc"])),
    incremental: flag,
    description: z.optional(text),
  });

  const columnsSchema: ConfigSchema = z.record(text, columnSchema);

  const tableHints = {
    writeDisposition: nullish(writeDisposition),
    primaryKey: nullish(keys),
    mergeKey: nullish(keys),
    columns: nullish(columnsSchema),
    schemaContract: nullish(schemaContract),
    maxTableNesting: nullish(count),
    references: nullish(z.array(z.record(text, z.unknown()))),
    tableFormat: nullish(text),
    fileFormat: nullish(text),
  };

  const incrementalKeys = {
    cursorPath: text.check(z.minLength(1)),
    initialValue: z.optional(z.unknown()),
    lastValueFunc: nullish(z.union([z.enum(["max", "min"]), func])),
    primaryKey: nullish(keys),
    endValue: z.optional(z.unknown()),
    rowOrder: nullish(z.enum(["asc", "desc"])),
    onCursorValueMissing: nullish(z.enum(["raise", "include", "exclude"])),
    lag: nullish(z.number()),
    rangeStart: nullish(z.enum(["open", "closed"])),
    rangeEnd: nullish(z.enum(["open", "closed"])),
    /** dlt: takes the range from a scheduler's environment, which sluice has not. */
    allowExternalSchedulers: nullish(z.literal(false)),
    convert: nullish(func),
    /** The old name of `convert`. */
    transform: nullish(func),
    format: nullish(z.enum(CURSOR_FORMATS)),
    window: nullish(z.union([text, z.number()])),
    cursorScope: nullish(z.enum(["resource", "parent"])),
  };
  const incremental = z.strictObject({ ...incrementalKeys, startParam: nullish(text), endParam: nullish(text) });

  const paramSchema: ConfigSchema = z.union([
    custom(
      (value) =>
        ["string", "number", "bigint", "boolean", "undefined"].includes(typeof value) ||
        value === null ||
        value instanceof Date,
      "a value",
      { type: ["string", "number", "boolean", "null"] },
    ),
    z.array(z.unknown()),
    custom(isNestedParam, "an object of values", {
      type: "object",
      not: {
        anyOf: [{ properties: { type: { pattern: "^(incremental|resolve)$" } }, required: ["type"] }, ...CURSOR_KEYS],
      },
    }),
    z.strictObject({ type: z.literal("incremental"), ...incrementalKeys }),
    z.strictObject({ type: z.literal("resolve"), resource: text, field: text }),
  ]);

  const actionFunctions = z.union([z.enum(["ignore", "raise", "retry", "stop"]), func, z.array(func)]);
  const responseAction = z.union([
    func,
    z.strictObject({
      statusCode: nullish(z.union([z.int(), text])),
      content: nullish(text),
      body: nullish(z.union([text, z.record(text, z.unknown()), func])),
      action: actionFunctions,
    }),
  ]);

  const limit = z
    .strictObject({
      requests: nullish(z.int().check(z.gte(1))),
      per: nullish(z.union([z.enum(["second", "minute", "hour", "day"]), seconds])),
      seconds: nullish(seconds),
      concurrency: nullish(z.int().check(z.gte(1))),
    })
    .check(z.refine(hasRateLimitForm, RATE_LIMIT_FORM));
  const rateLimit = z.union([limit, z.array(limit)]);

  const endpointSchema: ConfigSchema = z.strictObject({
    path: nullish(text),
    method: nullish(z.enum(HTTP_METHODS)),
    params: nullish(z.record(text, paramSchema)),
    arrayFormat: nullish(z.enum(ARRAY_FORMATS)),
    parentsPerRequest: nullish(z.int().check(z.gte(1))),
    json: nullish(
      custom((value) => isPlainObject(value) || Array.isArray(value), "an object or a list", {
        type: ["object", "array"],
      }),
    ),
    data: nullish(
      custom(
        (value) =>
          typeof value === "string" || isPlainObject(value) || Array.isArray(value) || value instanceof Uint8Array,
        "an object, a list of pairs, a text or bytes",
        { type: ["object", "array", "string"] },
      ),
    ),
    headers: nullish(z.record(text, z.nullable(text))),
    paginator: nullish(paginatorSchema),
    dataSelector: nullish(text),
    responseFormat: nullish(z.enum(RESPONSE_FORMATS)),
    responseActions: nullish(z.array(responseAction)),
    incremental: nullish(incremental),
    auth: nullish(authSchema),
    rateLimit: nullish(rateLimit),
  });

  const step = z.strictObject({ filter: nullish(func), map: nullish(func), yieldMap: nullish(func) });

  const resourceKeys = {
    endpoint: nullish(endpointSchema),
    includeFromParent: nullish(
      z.array(z.union([text, z.strictObject({ field: text.check(z.minLength(1)), as: text.check(z.minLength(1)) })])),
    ),
    processingSteps: nullish(z.array(step)),
    tableName: nullish(z.union([text, func])),
    ...tableHints,
    nestedHints: nullish(z.record(text, z.strictObject(tableHints))),
    selected: nullish(z.boolean()),
    parallelized: nullish(z.boolean()),
    limit: nullish(count),
    onError: nullish(z.enum(["fail", "skip"])),
  };

  /** Object form; a string is name and path. */
  const resourceSchema: ConfigSchema = z.strictObject({
    name: text.check(z.minLength(1)),
    ...resourceKeys,
    data: nullish(
      custom((value) => isIterable(value) || typeof value === "function", "a list, an iterable or a function", {
        type: "array",
      }),
    ),
  });

  const entrySchema: ConfigSchema = z.union([
    resourceSchema,
    z.custom((value) => value instanceof Resource, "a resource made with resource()"),
  ]);

  const clientSchema: ConfigSchema = z.strictObject({
    baseUrl: text,
    headers: nullish(z.record(text, z.nullable(text))),
    auth: nullish(authSchema),
    paginator: nullish(paginatorSchema),
    allowedOrigins: nullish(z.array(text)),
    timeout: nullish(seconds),
    connectTimeout: nullish(seconds),
    maxAttempts: nullish(z.int().check(z.gte(1))),
    retryStatuses: nullish(z.array(z.union([z.int(), text]))),
    retryMethods: nullish(z.array(z.enum(HTTP_METHODS))),
    backoffFactor: nullish(z.number().check(z.gte(0))),
    maxRetrySeconds: nullish(z.number().check(z.gte(0))),
    maxRetryDelay: nullish(z.number().check(z.gte(0))),
    maxResponseBytes: nullish(z.int().check(z.gte(1))),
    maxResponseSeconds: nullish(seconds),
    userAgent: nullish(text),
    proxy: nullish(z.union([text, z.literal(false)])),
    caFile: nullish(text),
    maxRateLimitWait: nullish(z.number().check(z.gte(0))),
    rateLimit: nullish(rateLimit),
  });
  const defaultsSchema: ConfigSchema = z.strictObject(resourceKeys);
  const configSchema: ConfigSchema = z.strictObject({
    client: clientSchema,
    resourceDefaults: nullish(defaultsSchema),
    resources: z.array(entrySchema),
  });

  return {
    paginator: paginatorSchema,
    auth: authSchema,
    column: columnSchema,
    columns: columnsSchema,
    param: paramSchema,
    endpoint: endpointSchema,
    entry: entrySchema,
    config: configSchema,
    client: clientSchema,
    defaults: defaultsSchema,
    resource: resourceSchema,
    incremental,
    rateLimit,
    forms,
  };
}

const CURSOR_KEYS: readonly JsonObject[] = [{ required: ["cursor_path"] }, { required: ["cursorPath"] }];
/** dlt's older forms of params, by their `type`. */
export const PARAM_TYPES: readonly string[] = ["incremental", "resolve"];

/** True for an object that is sent as it is, `filter[status]=open`, and not one of dlt's older forms, misspelt or not. */
function isNestedParam(value: unknown): boolean {
  if (!isPlainObject(value) || value["cursorPath"] !== undefined || value["cursor_path"] !== undefined) return false;
  return typeof value["type"] !== "string" || nearest(value["type"], PARAM_TYPES) === undefined;
}

/** Every key of a config in canonical form, without the options of paginators and auths. */
export function configKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const seen = new Set<ConfigSchema>();
  const visit = (schema: ConfigSchema): void => {
    const bare = unwrap(schema);
    if (seen.has(bare)) return;
    seen.add(bare);
    const def = definitionOf(bare);
    if (def.type === "union") def.options.forEach(visit);
    else if (def.type === "array") visit(def.element);
    else if (def.type === "record") visit(def.valueType);
    else if (def.type === "object") {
      for (const [key, value] of Object.entries(def.shape)) {
        keys.add(key);
        visit(value);
      }
    }
  };
  visit(schemas().config);
  return keys;
}

/** The schema below its optional and nullable wrappers. */
export function unwrap(schema: ConfigSchema): ConfigSchema {
  const def = definitionOf(schema);
  return def.type === "optional" || def.type === "nullable" ? unwrap(def.innerType) : schema;
}

/** What kind of schema this is, with its parts. */
export function definitionOf(schema: ConfigSchema): z.core.$ZodTypes["_zod"]["def"] {
  // zod's documented way from the opaque base to the union of all definitions: https://zod.dev/library-authors.
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The alternative of a union that a value of this kind is meant for: objects by their `type`, everything else by its JavaScript type. */
export function alternativeFor(options: readonly ConfigSchema[], value: unknown): number {
  if (isPlainObject(value)) {
    const objects = options
      .map((option, index) => ({ def: definitionOf(unwrap(option)), index }))
      .filter(({ def }) => def.type === "object");
    const tagged = objects.find(({ def }) => def.type === "object" && accepts(def.shape["type"], value["type"]));
    return (tagged ?? (objects.length === 1 ? objects[0] : undefined))?.index ?? -1;
  }
  return options.findIndex((option) => {
    const { type } = definitionOf(unwrap(option));
    return Array.isArray(value)
      ? type === "array" || type === "tuple"
      : typeof value === "string" && (type === "string" || type === "enum" || type === "literal");
  });
}

function accepts(schema: ConfigSchema | undefined, value: unknown): boolean {
  return schema !== undefined && z.safeParse(schema, value).success;
}
