import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";

/** `base_url` → `baseUrl`. Keys that start with an underscore or have none stay as they are. */
export function camelCase(key: string): string {
  return key.replace(/(?<=[^_])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The type of a config in dlt's snake_case spelling. Only the config's own keys change, not what is inside its values. */
export type SnakeCased<T> = { [K in keyof T as K extends string ? SnakeCase<K> : K]: T[K] };

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;

/**
 * A copy of `config` with its own keys in camelCase; values are not touched.
 *
 * @throws ConfigError when an option is given in both spellings.
 */
export function camelCaseKeys(config: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const name = camelCase(key);
    if (Object.hasOwn(result, name))
      throw new ConfigError(`${path} has "${name}" twice, also as "${key}"`, { path, hint: "Keep one spelling." });
    // A key "__proto__" from parsed JSON must not reach the prototype.
    Object.defineProperty(result, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return result;
}

/** A config with its discriminator and camelCase keys. */
export interface TypedConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A `type` and its options, from a name alone or an object in either spelling. `defaultType` is used for objects that name none. */
export function typedConfig(input: unknown, path: string, defaultType?: string): TypedConfig {
  if (typeof input === "string") return { type: input };
  if (!isPlainObject(input)) {
    throw new ConfigError(`${path} is ${excerpt(input)}`, { path, hint: "Give a type name or an object with `type`." });
  }
  const config = camelCaseKeys(input, path);
  const type = config["type"] ?? defaultType;
  if (typeof type !== "string" || type === "")
    throw new ConfigError(`${path}.type is ${excerpt(type)}`, { path, hint: "Give the name of a type." });
  return { ...config, type };
}
