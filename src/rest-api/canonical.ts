import { isPlainObject } from "../core/json.js";
import { alternativeFor, type ConfigSchema, definitionOf, schemas, unwrap } from "./schema.js";
import { type ConfigPath, toCamel, toSnake } from "./spelling.js";

/** Nested deeper than any body that an API reads; a cyclic value ends here. */
const MAX_DEPTH = 200;

/** One thing that is wrong with a config. */
export interface ConfigProblem {
  /** Where, in the user's own spelling, as keys and list positions. */
  readonly path: ConfigPath;
  readonly message: string;
}

/** A config in the one form that the rest of this folder reads, not yet validated. */
export interface Canonical {
  /** camelCase, shorthands written out, deeply frozen; functions and instances are the user's own. */
  readonly config: unknown;
  /** Problems of spelling: a key that is given twice. */
  readonly problems: readonly ConfigProblem[];
  /** The user's own path of a canonical path. */
  userPath(path: ConfigPath): ConfigPath;
  /** A key as this user would spell it. */
  spell(key: string): string;
}

/**
 * Brings any accepted spelling into the canonical form, without touching the user's object: snake_case keys become
 * camelCase where they are structure (never in params, headers, bodies or among column names), a string becomes the
 * resource, endpoint, paginator or auth that it stands for.
 */
export function canonicalise(config: unknown): Canonical {
  return new Canonicaliser().run(config);
}

interface Origin {
  readonly path: ConfigPath;
  /** True for what a shorthand was expanded into: everything below has the same origin. */
  readonly expanded: boolean;
}

class Canonicaliser {
  private readonly origins = new Map<string, Origin>();
  private readonly problems: ConfigProblem[] = [];
  private snakeKeys = 0;
  private camelKeys = 0;

  run(config: unknown): Canonical {
    const canonical = this.walk(config, schemas().config, [], { path: [], expanded: false });
    return {
      config: canonical,
      problems: this.problems,
      userPath: (path) => this.userPath(path),
      spell: (key) => this.spell(key),
    };
  }

  private walk(given: unknown, schema: ConfigSchema, at: ConfigPath, from: Origin): unknown {
    const bare = unwrap(schema);
    const value = expandShorthand(given, bare);
    const origin: Origin = typeof given === "string" && value !== given ? { path: from.path, expanded: true } : from;
    this.origins.set(JSON.stringify(at), origin);
    if (at.length > MAX_DEPTH) return undefined;
    if (bare === schemas().auth || bare === schemas().paginator) return this.options(value, at, origin);
    if (bare === schemas().column && isPlainObject(value)) {
      return freeze(
        this.entries(value, at, origin, toSnake, (item, _key, path, itemOrigin) => this.copy(item, path, itemOrigin)),
      );
    }
    if (bare === schemas().columns && Array.isArray(value)) return this.columnList(value, at, origin);
    const def = definitionOf(bare);
    if (def.type === "union") {
      const option = def.options[alternativeFor(def.options, value)];
      return option === undefined ? this.copy(value, at, origin) : this.walk(value, option, at, origin);
    }
    if (def.type === "object" && isPlainObject(value)) {
      const shape: Readonly<Record<string, ConfigSchema>> = def.shape;
      return freeze(
        this.entries(value, at, origin, toCamel, (item, key, path, itemOrigin) => {
          const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
          return known === undefined ? this.copy(item, path, itemOrigin) : this.walk(item, known, path, itemOrigin);
        }),
      );
    }
    if (def.type === "record" && isPlainObject(value)) {
      return freeze(
        this.entries(value, at, origin, same, (item, _key, path, itemOrigin) =>
          this.walk(item, def.valueType, path, itemOrigin),
        ),
      );
    }
    if (def.type === "array" && Array.isArray(value)) {
      return Object.freeze(value.map((item: unknown, i) => this.walk(item, def.element, [...at, i], child(origin, i))));
    }
    return this.copy(value, at, origin);
  }

  /** Columns as a list become columns by name. An entry without a name stays a list, which the validation reports. */
  private columnList(list: readonly unknown[], at: ConfigPath, from: Origin): unknown {
    const named = new Map<string, unknown>();
    for (const [i, item] of list.entries()) {
      if (!isPlainObject(item) || typeof item["name"] !== "string") return this.copy(list, at, from);
      named.set(item["name"], this.walk(item, schemas().column, [...at, item["name"]], child(from, i)));
    }
    return freeze(named);
  }

  /** Options of a paginator or an auth: their keys are structure, their values are the user's. */
  private options(value: unknown, at: ConfigPath, origin: Origin): unknown {
    if (!isPlainObject(value)) return value;
    return freeze(
      this.entries(value, at, origin, toCamel, (item, _key, path, itemOrigin) =>
        // An object with methods, such as a store for tokens, is an instance: it may change itself.
        isPlainObject(item) && Object.values(item).some((member) => typeof member === "function")
          ? item
          : this.copy(item, path, itemOrigin),
      ),
    );
  }

  /** The entries of an object under their canonical keys. Undefined values count as absent. */
  private entries(
    value: Readonly<Record<string, unknown>>,
    at: ConfigPath,
    from: Origin,
    rename: (key: string) => string,
    convert: (item: unknown, key: string, at: ConfigPath, from: Origin) => unknown,
  ): Map<string, unknown> {
    const result = new Map<string, unknown>();
    for (const [given, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const key = rename(given);
      if (rename === toCamel && !from.expanded) {
        if (key !== given) this.snakeKeys += 1;
        else if (toSnake(given) !== given) this.camelKeys += 1;
      }
      const itemOrigin = child(from, given);
      if (result.has(key)) {
        this.problems.push({
          path: itemOrigin.path,
          message: `is given twice, in two spellings (${key} and ${given})`,
        });
      }
      this.origins.set(JSON.stringify([...at, key]), itemOrigin);
      result.set(key, convert(item, key, [...at, key], itemOrigin));
    }
    return result;
  }

  /** A deep, frozen copy of the user's data; what is no plain object or list is kept by reference. */
  private copy(value: unknown, at: ConfigPath, from: Origin): unknown {
    if (at.length > MAX_DEPTH) {
      const tooDeep = { path: from.path.slice(0, 8), message: `is nested more than ${MAX_DEPTH} levels deep` };
      if (!this.problems.some(({ message }) => message === tooDeep.message)) this.problems.push(tooDeep);
      return undefined;
    }
    if (Array.isArray(value))
      return Object.freeze(value.map((item: unknown, i) => this.copy(item, [...at, i], child(from, i))));
    if (!isPlainObject(value)) return value;
    return freeze(
      new Map(Object.entries(value).map(([key, item]) => [key, this.copy(item, [...at, key], child(from, key))])),
    );
  }

  private userPath(path: ConfigPath): ConfigPath {
    for (let length = path.length; length > 0; length--) {
      const origin = this.origins.get(JSON.stringify(path.slice(0, length)));
      if (origin !== undefined)
        return origin.expanded ? origin.path : [...origin.path, ...this.missing(path.slice(length))];
    }
    return this.missing(path);
  }

  /** Keys that the user has not written, as this user would. */
  private missing(path: ConfigPath): ConfigPath {
    return path.map((key) => (typeof key === "string" ? this.spell(key) : key));
  }

  private spell(key: string): string {
    return this.snakeKeys > this.camelKeys ? toSnake(key) : key;
  }
}

function expandShorthand(value: unknown, schema: ConfigSchema): unknown {
  if (typeof value === "string") {
    if (schema === schemas().entry) return { name: value, endpoint: { path: value } };
    if (schema === schemas().endpoint) return { path: value };
    if (schema === schemas().auth || schema === schemas().paginator) return { type: value };
  }
  // dlt: credentials without a type are a bearer token.
  if (schema === schemas().auth && isPlainObject(value) && value["type"] === undefined)
    return { type: "bearer", ...value };
  // What `incremental()` returned, given as a parameter.
  if (
    schema === schemas().param &&
    isPlainObject(value) &&
    value["type"] === undefined &&
    typeof (value["cursorPath"] ?? value["cursor_path"]) === "string"
  ) {
    return { type: "incremental", ...value };
  }
  return value;
}

function child(origin: Origin, key: string | number): Origin {
  return origin.expanded ? origin : { path: [...origin.path, key], expanded: false };
}

/** `Object.fromEntries` makes `__proto__` an own key, so that a config cannot reach a prototype. */
function freeze(entries: Map<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.freeze(Object.fromEntries(entries));
}

function same(key: string): string {
  return key;
}
