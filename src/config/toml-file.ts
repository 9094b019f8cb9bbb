import { readFileSync, statSync } from "node:fs";
import type * as smolToml from "smol-toml";
import { ConfigError } from "../core/errors.js";
import type { JsonObject, JsonValue } from "../core/json.js";
import { lazyModule } from "../core/lazy-module.js";

const library = lazyModule<typeof smolToml>("smol-toml");

/** Settings are written by people; a larger file is something else under this name. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 50;

interface CachedFile {
  /** Modification time and size: an edited file is read again. */
  readonly stamp: string;
  readonly table: JsonObject;
}

const cache = new Map<string, CachedFile>();

/**
 * The content of a TOML file; undefined when there is none. Dates become ISO text, integers beyond 2^53 decimal text.
 * Throws `ConfigError` with file, line and column for malformed TOML, and when the file is there but cannot be read.
 */
export function readTomlFile(file: string): JsonObject | undefined {
  const stamp = readable(file, () => stampOf(file));
  if (stamp === undefined) return undefined;
  const cached = cache.get(file);
  if (cached?.stamp === stamp) return cached.table;
  const text = readable(file, () => readFileSync(file, "utf8"));
  const table = parseToml(file, text);
  cache.set(file, { stamp, table });
  return table;
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${file} cannot be read`, {
      cause,
      hint: "Check its permissions; a file that is not needed can be removed.",
    });
  }
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile())
    throw new ConfigError(`${file} is not a file`, { hint: "Settings are read from TOML files of this name." });
  if (stat.size > MAX_BYTES) throw new ConfigError(`${file} has ${stat.size} bytes; settings may have ${MAX_BYTES}`);
  return `${stat.mtimeMs}:${stat.size}:${stat.ino}`;
}

function parseToml(file: string, text: string): JsonObject {
  try {
    return toJsonObject(
      library().parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: "asNeeded", maxDepth: MAX_DEPTH }),
    );
  } catch (error) {
    if (!(error instanceof library().TomlError)) throw error;
    // Neither the rest of the message nor the error itself is kept: both quote the lines around, which may hold secrets.
    const [reason = "invalid TOML"] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new ConfigError(`${file}:${error.line}:${error.column}: ${reason}`, {
      hint: 'Correct the file; text values need quotes: token = "…".',
    });
  }
}

function toJsonObject(table: object): JsonObject {
  // fromEntries defines own properties, also for a key named `__proto__`.
  return Object.fromEntries(
    Object.entries(table).map(([key, value]: [string, smolToml.TomlValue]) => [key, toJson(value)]),
  );
}

function toJson(value: smolToml.TomlValue): JsonValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return String(value);
  if (value instanceof library().TomlDate) return value.toISOString();
  return Array.isArray(value) ? value.map((item) => toJson(item)) : toJsonObject(value);
}
