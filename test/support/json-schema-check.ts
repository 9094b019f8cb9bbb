import { isPlainObject, type JsonObject, type JsonValue } from "../../src/core/json.js";

/** The keywords of JSON Schema that the published schema uses; one that is not known fails the check. */
const ANNOTATIONS = ["$schema", "title", "description", "definitions"];

/** Places where a value does not fit a JSON Schema (draft 7); none: it fits. Independent of what has made the schema. */
export function misfits(value: unknown, schema: JsonValue, root: JsonObject, at = "$"): string[] {
  if (schema === true) return [];
  if (schema === false) return [at];
  if (!isPlainObject(schema)) throw new TypeError(`no schema at ${at}`);
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (ANNOTATIONS.includes(keyword) || wanted === undefined) return [];
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new TypeError(`the keyword ${keyword} is not known`);
    return check(value, wanted, { schema, root, at });
  });
}

interface Place {
  readonly schema: JsonObject;
  readonly root: JsonObject;
  readonly at: string;
}

type Check = (value: unknown, wanted: JsonValue, place: Place) => string[];

const fits = (ok: boolean, { at }: Place): string[] => (ok ? [] : [at]);
const list = (value: unknown): readonly JsonValue[] => (Array.isArray(value) ? (value as JsonValue[]) : []);
const text = (value: JsonValue): string => (typeof value === "string" ? value : JSON.stringify(value));
const object = (value: unknown): JsonObject => (isPlainObject(value) ? (value as JsonObject) : {});

const KEYWORDS: Readonly<Record<string, Check>> = {
  $ref: (value, wanted, { root, at }) => {
    const target = object(root["definitions"])[text(wanted).replace("#/definitions/", "")];
    if (target === undefined) throw new TypeError(`${text(wanted)} leads nowhere`);
    return misfits(value, target, root, at);
  },
  type: (value, wanted, place) =>
    fits(
      (Array.isArray(wanted) ? wanted : [wanted]).some(
        (type) => type === typeOf(value) || (type === "number" && typeof value === "number"),
      ),
      place,
    ),
  enum: (value, wanted, place) =>
    fits(
      list(wanted).some((item) => item === value),
      place,
    ),
  const: (value, wanted, place) => fits(value === wanted, place),
  minLength: (value, wanted, place) => fits(typeof value !== "string" || value.length >= Number(wanted), place),
  pattern: (value, wanted, place) => fits(typeof value !== "string" || new RegExp(text(wanted)).test(value), place),
  minimum: (value, wanted, place) => fits(typeof value !== "number" || value >= Number(wanted), place),
  exclusiveMinimum: (value, wanted, place) => fits(typeof value !== "number" || value > Number(wanted), place),
  minItems: (value, wanted, place) => fits(!Array.isArray(value) || value.length >= Number(wanted), place),
  maxItems: (value, wanted, place) => fits(!Array.isArray(value) || value.length <= Number(wanted), place),
  items: (value, wanted, { root, at }) =>
    list(value).flatMap((item, i) =>
      misfits(item, Array.isArray(wanted) ? (wanted[i] ?? true) : wanted, root, `${at}[${i}]`),
    ),
  required: (value, wanted, place) =>
    list(wanted).flatMap((key) => fits(!isPlainObject(value) || Object.hasOwn(value, text(key)), place)),
  properties: (value, wanted, { root, at }) =>
    Object.entries(object(value)).flatMap(([key, item]) => {
      const own = Object.hasOwn(object(wanted), key) ? object(wanted)[key] : undefined;
      return own === undefined ? [] : misfits(item, own, root, `${at}.${key}`);
    }),
  patternProperties: (value, wanted, { root, at }) =>
    Object.entries(object(value)).flatMap(([key, item]) =>
      Object.entries(object(wanted)).flatMap(([pattern, own]) =>
        own !== undefined && new RegExp(pattern).test(key) ? misfits(item, own, root, `${at}.${key}`) : [],
      ),
    ),
  additionalProperties: (value, wanted, { schema, root, at }) =>
    Object.entries(object(value)).flatMap(([key, item]) => {
      const isNamed =
        Object.hasOwn(object(schema["properties"]), key) ||
        Object.keys(object(schema["patternProperties"])).some((pattern) => new RegExp(pattern).test(key));
      return isNamed ? [] : misfits(item, wanted, root, `${at}.${key}`);
    }),
  propertyNames: (value, wanted, { root, at }) =>
    Object.keys(object(value)).flatMap((key) => misfits(key, wanted, root, `${at}.${key}`)),
  allOf: (value, wanted, { root, at }) => list(wanted).flatMap((part) => misfits(value, part, root, at)),
  not: (value, wanted, place) => fits(misfits(value, wanted, place.root).length > 0, place),
  anyOf: (value, wanted, { root, at }) =>
    list(wanted).some((part) => misfits(value, part, root, at).length === 0) ? [] : [at],
};

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}
