import { didYouMean } from "../core/nearest.js";
import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject, type JsonObject } from "../core/json.js";
import { compilePath, type CompiledPath } from "./json-path.js";
import type { ParamValue } from "./request.js";
import { isAbsoluteUrl } from "./url.js";

/** How a {@link ConfigReader} treats what it reads. */
export interface ConfigReaderOptions {
  /** True: values may be credentials, so messages tell their kind only. */
  readonly hidesValues?: boolean;
  /** True: what is required may still be missing, and reads as "". */
  readonly isPartial?: boolean;
  /** Receives what is read, for whoever wants to know which options there are. */
  readonly shapes?: Map<string, OptionShape>;
}

/** What an option may be. */
export interface OptionShape {
  /** As a JSON Schema; undefined: nothing that JSON can express. Null is always allowed besides. */
  readonly schema: JsonObject | undefined;
  readonly isRequired: boolean;
}

const TEXT = { type: "string" } as const;
const FILLED = { type: "string", minLength: 1 } as const;

/** Reads the options of one paginator or auth config and reports wrong ones with their place. Every option must be read before `done`. */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #path: string;
  readonly #options: ConfigReaderOptions;
  readonly #known = new Set<string>(["type"]);

  /** `what` names the config in messages, as in `paginator "offset"`; `path` is its place in the configuration. */
  constructor(
    values: Readonly<Record<string, unknown>>,
    what: string,
    path: string,
    options: ConfigReaderOptions = {},
  ) {
    this.#values = values;
    this.#what = what;
    this.#path = path;
    this.#options = options;
  }

  string(name: string): string | undefined;
  string(name: string, fallback: string): string;
  string(name: string, fallback?: string): string | undefined {
    return this.#read(name, "a text", (value) => typeof value === "string", TEXT) ?? fallback;
  }

  /** A text that is not empty. */
  name(name: string): string | undefined;
  name(name: string, fallback: string): string;
  name(name: string, fallback?: string): string | undefined {
    return (
      this.#read(
        name,
        "a text that is not empty",
        (value): value is string => typeof value === "string" && value !== "",
        FILLED,
      ) ?? fallback
    );
  }

  /** A text that must be there; may be empty. */
  required(name: string): string {
    return this.need(name, this.string(name), "");
  }

  /** A text that is sent as a credential: not empty, as when a variable is not set, and without the line break of the file that it was read from. */
  credential(name: string): string | undefined {
    return this.#read(name, "a text on one line that is not empty", isCredential, FILLED);
  }

  requiredCredential(name: string): string {
    return this.need(name, this.credential(name), "");
  }

  /** The address of an endpoint. */
  requiredUrl(name: string): string {
    const expected = "an absolute URL such as https://login.example.com/token";
    return this.need(name, this.#read(name, expected, isHttpUrl, FILLED), "");
  }

  /** `value`, which was read from the option `name`; `standIn` where it may be missing. */
  need<T>(name: string, value: T | undefined, standIn: T, hint?: string): T {
    this.#options.shapes?.set(name, { schema: this.#options.shapes.get(name)?.schema, isRequired: true });
    if (value !== undefined) return value;
    if (this.#options.isPartial === true) return standIn;
    throw this.error(`${this.#what} needs "${name}"`, hint, name);
  }

  /** One of a few words. */
  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    return this.#read(name, `one of ${words.join(", ")}`, (value): value is T => words.some((word) => word === value), {
      enum: words,
    });
  }

  /** An object whose entries are the user's own. */
  fields(name: string): Readonly<Record<string, ParamValue>> | undefined {
    return this.#read(name, "an object", isFields, { type: "object" });
  }

  integer(name: string): number | undefined {
    return this.#read(name, "a whole number", (value): value is number => Number.isSafeInteger(value), {
      type: "integer",
    });
  }

  /** A whole number from 1. */
  count(name: string): number | undefined {
    return this.#read(
      name,
      "a whole number from 1",
      (value): value is number => Number.isSafeInteger(value) && Number(value) >= 1,
      { type: "integer", minimum: 1 },
    );
  }

  /** A number above zero. */
  positive(name: string): number | undefined {
    return this.#read(name, "a number above 0", (value): value is number => typeof value === "number" && value > 0, {
      type: "number",
      exclusiveMinimum: 0,
    });
  }

  /** True for an explicit null, which elsewhere is as good as absent. */
  isNull(name: string): boolean {
    this.#known.add(name);
    return this.#values[name] === null;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.#read(name, "true or false", (value) => typeof value === "boolean", { type: "boolean" }) ?? fallback;
  }

  /** A JSONPath. Null switches it off. */
  jsonPath(name: string, fallback?: string): CompiledPath | undefined {
    const value = this.#values[name];
    if (value === null) this.#known.add(name);
    const text = value === null ? undefined : this.name(name, fallback ?? "");
    return text === undefined || text === "" ? undefined : compilePath(text);
  }

  /** Anything that `accept` lets through; `schema`: the same as far as JSON can express it. */
  value<T>(
    name: string,
    expected: string,
    accept: (value: unknown) => value is T,
    schema: JsonObject | undefined,
  ): T | undefined {
    return this.#read(name, expected, accept, schema);
  }

  /** Refuses options that nobody read. */
  done(): void {
    const unknown = Object.keys(this.#values).filter((key) => !this.#known.has(key));
    if (unknown.length === 0) return;
    const options = [...this.#known].filter((key) => key !== "type");
    throw this.error(
      `${this.#what} has no option ${unknown.map((key) => `"${key}"${didYouMean(key, options)}`).join(", ")}`,
      options.length === 0 ? "It has no options." : `Its options: ${options.join(", ")}.`,
      unknown[0],
    );
  }

  /** Place of an option in the configuration. */
  at(option: string): string {
    return `${this.#path}.${option}`;
  }

  error(message: string, hint?: string, option?: string): ConfigError {
    return new ConfigError(message, {
      path: option === undefined ? this.#path : this.at(option),
      ...(hint !== undefined && { hint }),
    });
  }

  #read<T>(
    name: string,
    expected: string,
    accept: (value: unknown) => value is T,
    schema: JsonObject | undefined,
  ): T | undefined {
    this.#known.add(name);
    this.#options.shapes?.set(name, { schema, isRequired: false });
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    if (accept(value)) return value;
    const isHidden = this.#options.hidesValues === true && !isHarmless(value, schema);
    const found = isHidden ? hidden(value) : excerpt(value);
    throw this.error(`"${name}" of ${this.#what} is ${found}`, `Expected ${expected}.`, name);
  }
}

/** Where one of a few words is wanted: a word. A token that was given in its place looks different. */
function isHarmless(value: unknown, schema: JsonObject | undefined): boolean {
  return schema?.["enum"] !== undefined && typeof value === "string" && /^[a-z][a-z_-]{0,19}$/i.test(value);
}

/** What may be said of a value that may be a credential. */
export function hidden(value: unknown): string {
  if (value === null || value === undefined || value === "") return value === "" ? "empty" : String(value);
  return `a ${Array.isArray(value) ? "list" : typeof value === "string" ? "text" : typeof value} (hidden)`;
}

function isCredential(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !/[\r\n\0]/.test(value);
}

function isHttpUrl(value: unknown): value is string {
  return typeof value === "string" && isAbsoluteUrl(value) && URL.canParse(value);
}

function isFields(value: unknown): value is Readonly<Record<string, ParamValue>> {
  return isPlainObject(value);
}
