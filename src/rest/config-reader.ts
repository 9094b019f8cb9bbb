import { ConfigError, excerpt } from "../core/errors.js";
import { compilePath, type CompiledPath } from "./json-path.js";

/** Reads the options of one paginator or auth config and reports wrong ones with their place. Every option must be read before `done`. */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #path: string;
  readonly #known = new Set<string>(["type"]);

  /** `what` names the config in messages, as in `paginator "offset"`; `path` is its place in the configuration. */
  constructor(values: Readonly<Record<string, unknown>>, what: string, path: string) {
    this.#values = values;
    this.#what = what;
    this.#path = path;
  }

  string(name: string): string | undefined;
  string(name: string, fallback: string): string;
  string(name: string, fallback?: string): string | undefined {
    return this.#read(name, "a text", (value) => typeof value === "string") ?? fallback;
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
      ) ?? fallback
    );
  }

  required(name: string): string {
    return this.string(name) ?? this.#missing(name);
  }

  integer(name: string): number | undefined {
    return this.#read(name, "a whole number", (value): value is number => Number.isSafeInteger(value));
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.#read(name, "true or false", (value) => typeof value === "boolean") ?? fallback;
  }

  /** A JSONPath. Null switches it off. */
  jsonPath(name: string, fallback?: string): CompiledPath | undefined {
    const value = this.#values[name];
    if (value === null) this.#known.add(name);
    const text = value === null ? undefined : this.name(name, fallback ?? "");
    return text === undefined || text === "" ? undefined : compilePath(text);
  }

  /** Anything that `accept` lets through. */
  value<T>(name: string, expected: string, accept: (value: unknown) => value is T): T | undefined {
    return this.#read(name, expected, accept);
  }

  /** Refuses options that nobody read. */
  done(): void {
    const unknown = Object.keys(this.#values).filter((key) => !this.#known.has(key));
    if (unknown.length === 0) return;
    const options = [...this.#known].filter((key) => key !== "type");
    throw this.error(
      `${this.#what} has no option ${unknown.map((key) => `"${key}"`).join(", ")}`,
      options.length === 0 ? "It has no options." : `Its options: ${options.join(", ")}.`,
      unknown[0],
    );
  }

  error(message: string, hint?: string, option?: string): ConfigError {
    return new ConfigError(message, {
      path: option === undefined ? this.#path : `${this.#path}.${option}`,
      ...(hint !== undefined && { hint }),
    });
  }

  #missing(name: string): never {
    throw this.error(`${this.#what} needs "${name}"`, undefined, name);
  }

  #read<T>(name: string, expected: string, accept: (value: unknown) => value is T): T | undefined {
    this.#known.add(name);
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    if (accept(value)) return value;
    throw this.error(`"${name}" of ${this.#what} is ${excerpt(value)}`, `Expected ${expected}.`, name);
  }
}
