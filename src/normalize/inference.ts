import { ConfigError } from "../core/errors.js";
import type { ColumnSchema, DataType, StoredSchema } from "../schema/model.js";
import { SYSTEM_PREFIX } from "../schema/system-tables.js";
import { DETECTIONS } from "./value-type.js";

const REGEX_PREFIX = "re:";
const FLAGS = ["primary_key", "merge_key", "unique", "sort", "partition", "cluster", "hard_delete"] as const;

/**
 * What the schema's settings say of columns by their names: preferred types and default hints. A pattern is a name, or
 * `re:` and a regular expression that is searched for.
 */
export class Inference {
  readonly detections: readonly string[];
  readonly #types: readonly (readonly [RegExp, DataType])[];
  readonly #hints: readonly (readonly [string, readonly RegExp[]])[];

  constructor(settings: StoredSchema["settings"]) {
    this.detections = settings.detections ?? [];
    const unknown = this.detections.find((name) => !DETECTIONS.some((known) => known === name));
    if (unknown !== undefined)
      throw new ConfigError(`The schema's settings name a detection "${unknown}" that does not exist`, {
        path: "settings.detections",
        hint: `There are: ${DETECTIONS.join(", ")}.`,
      });
    this.#types = Object.entries(settings.preferred_types ?? {}).map(([pattern, type]) => [compile(pattern), type]);
    this.#hints = Object.entries(settings.default_hints ?? {}).map(([hint, patterns]) => [
      hint,
      patterns.map((pattern) => compile(pattern)),
    ]);
  }

  preferredType(column: string): DataType | undefined {
    return this.#types.find(([pattern]) => pattern.test(column))?.[1];
  }

  /** Properties of a column that is inferred from data. The hints of system columns are for those that we fill, not for data of that name. */
  defaultHints(column: string): Omit<ColumnSchema, "name"> {
    if (column.startsWith(SYSTEM_PREFIX)) return { nullable: true };
    const matching = new Set(
      this.#hints.filter(([, patterns]) => patterns.some((pattern) => pattern.test(column))).map(([hint]) => hint),
    );
    const hints: Omit<ColumnSchema, "name"> = { nullable: !matching.has("not_null") };
    for (const flag of FLAGS) if (matching.has(flag)) hints[flag] = true;
    return hints;
  }
}

function compile(pattern: string): RegExp {
  const source = pattern.startsWith(REGEX_PREFIX)
    ? pattern.slice(REGEX_PREFIX.length)
    : `^${pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new ConfigError(`The schema's settings hold a pattern that is no regular expression here: ${pattern}`, {
      cause,
      hint: "Patterns are JavaScript's; Python's named groups and inline flags differ.",
    });
  }
}
