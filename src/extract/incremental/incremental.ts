import { ConfigError, excerpt } from "../../core/errors.js";
import { CURSOR_FORMATS } from "./cursor-format.js";
import { isCursorValue } from "./cursor-order.js";
import type { CursorValue, IncrementalConfig } from "./incremental-run.js";
import { isStep } from "./windows.js";

type Bound = CursorValue | Date;

/** What `incremental()` takes: {@link IncrementalConfig} with dates as bounds. */
export interface IncrementalOptions extends Omit<IncrementalConfig, "initialValue" | "endValue"> {
  readonly initialValue?: Bound;
  readonly endValue?: Bound;
}

/** The same in dlt's spelling. */
export interface IncrementalSnakeOptions {
  readonly cursor_path: string;
  readonly initial_value?: Bound;
  readonly last_value_func?: IncrementalConfig["lastValueFunc"];
  readonly primary_key?: string | readonly string[];
  readonly end_value?: Bound;
  readonly row_order?: IncrementalConfig["rowOrder"];
  readonly on_cursor_value_missing?: IncrementalConfig["onCursorValueMissing"];
  readonly lag?: number;
  readonly range_start?: IncrementalConfig["rangeStart"];
  readonly range_end?: IncrementalConfig["rangeEnd"];
  readonly convert?: IncrementalConfig["convert"];
  readonly format?: IncrementalConfig["format"];
  readonly window?: IncrementalConfig["window"];
  readonly cursor_scope?: IncrementalConfig["cursorScope"];
}

/** Which values a key takes, for the message and the check. */
interface Rule {
  readonly expects: string;
  readonly holds: (value: unknown) => boolean;
}

const RULES: Readonly<Record<keyof IncrementalConfig, Rule>> = {
  cursorPath: { expects: "a field name or JSONPath", holds: (v) => typeof v === "string" && v.trim() !== "" },
  initialValue: { expects: "a number, a text, a boolean or a date", holds: isCursorValue },
  lastValueFunc: {
    expects: '"max", "min" or a function',
    holds: (v) => typeof v === "function" || v === "max" || v === "min",
  },
  primaryKey: {
    expects: "a field name or a list of field names",
    holds: (v) => typeof v === "string" || (Array.isArray(v) && v.every((name) => typeof name === "string")),
  },
  endValue: { expects: "a number, a text, a boolean or a date", holds: isCursorValue },
  rowOrder: oneOf("asc", "desc"),
  onCursorValueMissing: oneOf("raise", "include", "exclude"),
  lag: { expects: "a number from 0", holds: (v) => typeof v === "number" && Number.isFinite(v) && v >= 0 },
  rangeStart: oneOf("closed", "open"),
  rangeEnd: oneOf("closed", "open"),
  convert: { expects: "a function", holds: (v) => typeof v === "function" },
  format: oneOf(...CURSOR_FORMATS),
  window: { expects: "a duration such as P1D, PT6H or P1M, or a number above 0", holds: isStep },
  cursorScope: oneOf("resource", "parent"),
};

function oneOf(...words: readonly string[]): Rule {
  return {
    expects: words.map((word) => `"${word}"`).join(" or "),
    holds: (v) => typeof v === "string" && words.includes(v),
  };
}

/**
 * An incremental cursor for a resource: `resource({ name, incremental: incremental({ cursorPath: "updated_at" }) }, …)`.
 * Takes camelCase and dlt's snake_case; null means "not given", a `Date` becomes its ISO text.
 * Throws `ConfigError` for unknown keys and wrong values, addressed below `path` (default `incremental`).
 */
export function incremental(
  options: IncrementalOptions | IncrementalSnakeOptions,
  path = "incremental",
): IncrementalConfig {
  const config: Record<string, unknown> = {};
  for (const [given, raw] of Object.entries(options)) {
    if (raw === undefined || raw === null) continue;
    const key = given.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!isKey(key)) {
      throw new ConfigError(`Unknown key "${given}" in an incremental cursor`, {
        path: `${path}.${given}`,
        hint: `Known keys: ${Object.keys(RULES).join(", ")}.`,
      });
    }
    const value: unknown = raw instanceof Date && !Number.isNaN(raw.getTime()) ? raw.toISOString() : raw;
    const rule = RULES[key];
    if (!rule.holds(value))
      throw new ConfigError(`\`${given}\` is ${excerpt(value)}; it must be ${rule.expects}`, {
        path: `${path}.${given}`,
      });
    if (Object.hasOwn(config, key))
      throw new ConfigError(`\`${key}\` is given twice, in two spellings`, { path: `${path}.${given}` });
    config[key] = value;
  }
  if (!isIncrementalConfig(config)) {
    throw new ConfigError("An incremental cursor needs `cursorPath`", {
      path,
      hint: 'Name the field that grows, for example `cursorPath: "updated_at"`.',
    });
  }
  assertFits(config, path);
  return config;
}

/** Keys that exclude each other. */
function assertFits({ convert, format, window, lastValueFunc }: IncrementalConfig, path: string): void {
  if (convert !== undefined && format !== undefined) {
    throw new ConfigError("`format` and `convert` both say how values are sent; keep one", { path: `${path}.format` });
  }
  if (window !== undefined && typeof lastValueFunc === "function") {
    throw new ConfigError('`window` needs a direction: `lastValueFunc` must be "max" or "min"', {
      path: `${path}.window`,
    });
  }
}

function isKey(key: string): key is keyof IncrementalConfig {
  return Object.hasOwn(RULES, key);
}

/** Every value was checked by its rule before; what is left is the one key that must be there. */
function isIncrementalConfig(config: Record<string, unknown>): config is Record<string, unknown> & IncrementalConfig {
  return Object.hasOwn(config, "cursorPath");
}
