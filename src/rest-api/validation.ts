import * as z from "zod/mini";
import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import type { Canonical, ConfigProblem } from "./canonical.js";
import { alternativeFor, type ConfigSchema, definitionOf, PARAM_TYPES, schemas, unwrap } from "./schema.js";
import { didYouMean, nearest } from "../core/nearest.js";
import { type ConfigPath, formatPath } from "./spelling.js";

type Issue = z.core.$ZodIssue;

/** Below these keys values may be credentials: they are never quoted. */
const SECRET_KEYS = ["auth", "headers"];

/** Misfits that have an answer of their own. */
const KNOWN_MISFITS: ReadonlyMap<string, string> = new Map([
  ["session", "sluice has no session objects; use `timeout`, `maxAttempts` and the other options of `client`"],
  ["files", "multipart bodies are not made; send `json`, or a form or a finished text as `data`"],
  ["parentTableName", "nested tables find their parent by themselves; remove it"],
]);

/** Everything that is wrong with the structure of a config: unknown keys, wrong types, missing values. */
export function structuralProblems(canonical: Canonical): ConfigProblem[] {
  const result = z.safeParse(schemas().config, canonical.config);
  const issues = result.success ? [] : result.error.issues;
  const problems = [...canonical.problems, ...issues.flatMap((issue) => describe(issue, [], canonical))];
  // Of several complaints about one value (a number that should be a text, and a text that is not empty) the first says it.
  const places = problems.map(({ path }) => JSON.stringify(path));
  return problems.filter((_, i) => places.indexOf(places[i] ?? "") === i);
}

/** One error for all problems; see {@link ConfigError}. */
export function configError(problems: readonly ConfigProblem[]): ConfigError {
  const lines = problems.map(({ path, message }) => `${formatPath(path)} ${message}`);
  const [only] = problems;
  if (only !== undefined && problems.length === 1)
    return new ConfigError(lines.join(""), { path: formatPath(only.path) });
  return new ConfigError(
    `The REST API config has ${problems.length} problems:\n${lines.map((line) => `- ${line}`).join("\n")}`,
  );
}

function describe(issue: Issue, prefix: ConfigPath, canonical: Canonical): ConfigProblem[] {
  const path = [...prefix, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  const at = (message: string, below: ConfigPath = path): ConfigProblem[] => [
    { path: canonical.userPath(below), message },
  ];
  const { value, schema } = lookUp(path, canonical.config);
  const found = foundAt(path, value);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys
        .filter((key) => !(KNOWN_MISFITS.has(key) && isPlainObject(value) && value[key] === null)) // dlt: "none"
        .flatMap((key) => unknownKey(key, path, settle(schema, value), canonical));
    case "invalid_union": {
      const def = definitionOf(schema);
      const chosen = def.type === "union" ? alternativeFor(def.options, value) : -1;
      const nested = issue.errors[chosen];
      if (nested !== undefined && nested.length > 0) return nested.flatMap((inner) => describe(inner, path, canonical));
      const misspelt = schema === schemas().param && isPlainObject(value) ? value["type"] : undefined;
      if (typeof misspelt === "string" && nearest(misspelt, PARAM_TYPES) !== undefined)
        return at(`is "${misspelt}", which is unknown${didYouMean(misspelt, PARAM_TYPES)}`, [...path, "type"]);
      const wanted = issue.errors.flatMap((errors) => (errors[0] === undefined ? [] : [expectation(errors[0])]));
      return at(value === undefined ? "is missing" : `must be ${oneOf(wanted)}; found ${found}`);
    }
    case "invalid_value": {
      const allowed = issue.values.map(String);
      const hint = typeof value === "string" ? didYouMean(value, allowed) : "";
      return at(value === undefined ? "is missing" : `must be ${expectation(issue)}; found ${found}${hint}`);
    }
    default:
      return at(
        value === undefined
          ? `is missing: ${expectation(issue)} is needed`
          : `must be ${expectation(issue)}; found ${found}`,
      );
  }
}

function unknownKey(key: string, path: ConfigPath, schema: ConfigSchema, canonical: Canonical): ConfigProblem[] {
  if (key.startsWith("x-")) return []; // Column hints may carry the user's own.
  const def = definitionOf(schema);
  const known = def.type === "object" ? Object.keys(def.shape).map((name) => canonical.spell(name)) : [];
  const spelt = canonical.userPath([...path, key]);
  const answer = KNOWN_MISFITS.get(key) ?? `allowed: ${known.join(", ")}`;
  const hint = didYouMean(String(spelt.at(-1) ?? key), known);
  return [{ path: spelt, message: `is no known key${hint}${hint === "" ? "; " : " "}${answer}` }];
}

/** What would have been right, in words. */
export function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return oneOf(issue.values.map((value) => excerpt(value)));
    case "too_small":
      return issue.origin === "string"
        ? "a text that is not empty"
        : `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "custom":
      return issue.message;
    case "unrecognized_keys":
      return "an object";
    default:
      return "another value";
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

function oneOf(alternatives: readonly string[]): string {
  const all = [...new Set(alternatives)];
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1) ?? ""}`;
}

/** Short text of a wrong value; where credentials may stand only its kind. */
export function foundAt(path: ConfigPath, value: unknown): string {
  if (!path.some((key) => SECRET_KEYS.includes(String(key))))
    return typeof value === "function" ? "a function" : excerpt(value);
  if (value === null) return "null";
  return `a value of type ${Array.isArray(value) ? "list" : typeof value} (hidden)`;
}

/** The value at a canonical path and the schema that it had to fit. */
function lookUp(path: ConfigPath, config: unknown): { value: unknown; schema: ConfigSchema } {
  let value = config;
  let schema = unwrap(schemas().config);
  for (const key of path) {
    schema = unwrap(schemaBelow(schema, value, key));
    if (Array.isArray(value)) value = typeof key === "number" ? (value as unknown[])[key] : undefined;
    else value = isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return { value, schema };
}

function schemaBelow(schema: ConfigSchema, value: unknown, key: string | number): ConfigSchema {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object":
      return Object.hasOwn(def.shape, key) ? (def.shape[key] ?? any()) : any();
    case "array":
      return def.element;
    case "record":
      return def.valueType;
    case "union":
      return schemaBelow(settle(schema, value), value, key);
    default:
      return any();
  }
}

/** Of a union the alternative that the value is meant for, otherwise the schema itself. */
function settle(schema: ConfigSchema, value: unknown): ConfigSchema {
  const def = definitionOf(schema);
  if (def.type !== "union") return schema;
  const option = def.options[alternativeFor(def.options, value)];
  return option === undefined ? any() : settle(unwrap(option), value);
}

/** Stands for what the schema says nothing about. */
const any = (): ConfigSchema => z.unknown();
