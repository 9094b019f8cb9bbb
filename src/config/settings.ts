import type { JsonObject, JsonValue } from "../core/json.js";
import { registerSecret } from "../core/redaction.js";
import { coerce, type ValueTypes } from "./coerce.js";
import { MissingConfigError, missingConfig } from "./missing-config-error.js";
import { isTable, type Place, Places, type SettingsOptions } from "./places.js";

/** What `sluice init` and `dlt init` write where a value has to be filled in. */
const UNFILLED = /^\s*(<configure me>|please set me up!)\s*$/i;

/** A value and the place that had it, as shown in messages. */
export interface FoundSetting<T = string> {
  readonly value: T;
  readonly place: string;
}

/** What one lookup saw on its way. */
interface Lookup {
  readonly found?: FoundSetting<JsonValue>;
  readonly looked: readonly { readonly place: Place; readonly isEmpty: boolean }[];
}

/**
 * Reads one kind of settings by path (`sources.github.token`). Files are read when they are asked for and again after
 * they changed. Every value read from `secrets` is kept out of logs, errors and packages from then on.
 */
export class SettingsReader {
  private readonly kind: "secret" | "setting";
  private readonly places: Places;

  constructor(kind: "secret" | "setting", places: Places) {
    this.kind = kind;
    this.places = places;
  }

  /**
   * The value at `path`: text, or the type asked for. Throws `MissingConfigError` with every place that was looked at,
   * `ConfigError` when the value has another type.
   */
  get(path: string): string;
  get<T extends keyof ValueTypes>(path: string, type: T): ValueTypes[T];
  get(path: string, type: keyof ValueTypes = "string"): ValueTypes[keyof ValueTypes] {
    return this.read(path, type);
  }

  /** As `get`, but undefined when the value is nowhere or was never filled in. */
  optional(path: string): string | undefined;
  optional<T extends keyof ValueTypes>(path: string, type: T): ValueTypes[T] | undefined;
  optional(path: string, type: keyof ValueTypes = "string"): ValueTypes[keyof ValueTypes] | undefined {
    return this.has(path) ? this.read(path, type) : undefined;
  }

  /** True when there is a value that was filled in. */
  has(path: string): boolean {
    const { found } = this.look(path);
    return found !== undefined && !isUnfilled(found.value);
  }

  /** The first of several paths that has a value, as text. Throws `MissingConfigError` when that was not filled in. */
  lookup(paths: readonly string[]): FoundSetting | undefined {
    for (const path of paths) {
      const { found } = this.look(path);
      if (found !== undefined) return { value: this.take(found, path, "string"), place: found.place };
    }
    return undefined;
  }

  /** The error for a value that is at none of `paths`; `where` is the place in the configuration that needs it. */
  missing(paths: readonly string[], where?: string): MissingConfigError {
    const looked = paths.flatMap((path) => this.look(path).looked);
    return missingConfig(this.kind, paths, looked, this.places, where);
  }

  /** As `get`, with the place in the configuration that needs the value in the message. */
  read<T extends keyof ValueTypes>(path: string, type: T, where?: string): ValueTypes[T] {
    const { found } = this.look(path);
    if (found === undefined) throw this.missing([path], where);
    return this.take(found, path, type);
  }

  private take<T extends keyof ValueTypes>(found: FoundSetting<JsonValue>, path: string, type: T): ValueTypes[T] {
    if (isUnfilled(found.value)) {
      throw new MissingConfigError(
        `"${path}" in ${found.place} is still the placeholder ${found.value}`,
        [{ place: found.place, outcome: "is the placeholder" }],
        {
          hint: "Write the value in its place.",
        },
      );
    }
    if (this.kind === "secret") registerAll(found.value);
    return coerce(found.value, type, path, found.place);
  }

  private look(path: string): Lookup {
    const places = this.kind === "secret" ? this.places.secret(path) : this.places.config(path);
    const looked: { place: Place; isEmpty: boolean }[] = [];
    for (const [i, place] of places.entries()) {
      const value = place.read();
      // An unset CI secret arrives as an empty variable; an empty secret is no secret.
      const isEmpty = value === "" && this.kind === "secret";
      if (value !== undefined && !isEmpty) {
        const whole = isTable(value) ? completed(value, places.slice(i + 1)) : value;
        return { found: { value: whole, place: place.label }, looked };
      }
      looked.push({ place, isEmpty });
    }
    return { looked };
  }
}

/** The secrets and settings of one project. The package's `secrets` and `config` are those of the working directory. */
export class Settings {
  readonly secrets: SettingsReader;
  readonly config: SettingsReader;
  /** Where `${env.NAME}` is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;

  constructor(options: SettingsOptions = {}) {
    const places = new Places(options);
    this.secrets = new SettingsReader("secret", places);
    this.config = new SettingsReader("setting", places);
    this.env = places.env;
  }
}

function isUnfilled(value: JsonValue): value is string {
  return typeof value === "string" && UNFILLED.test(value);
}

/** A table with the keys that tables of the same path further down add to it. */
function completed(table: JsonObject, below: readonly Place[]): JsonObject {
  let whole = table;
  for (const place of below) {
    const more = place.isFile ? place.read() : undefined;
    if (isTable(more)) whole = merged(more, whole);
  }
  return whole;
}

function merged(lower: JsonObject, upper: JsonObject): JsonObject {
  const both = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const under = both.get(key);
    both.set(key, isTable(value) && isTable(under) ? merged(under, value) : value);
  }
  return Object.fromEntries(both);
}

function registerAll(value: JsonValue): void {
  if (typeof value === "string" || typeof value === "number") registerSecret(String(value));
  else if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) registerAll(item ?? null);
}
