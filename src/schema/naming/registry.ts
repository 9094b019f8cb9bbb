import { ConfigError } from "../../core/errors.js";
import { createNaming, type NamingConvention, type NamingRules } from "./naming.js";
import { direct, duckCase, sqlCaseInsensitive, sqlCaseSensitive } from "./other-conventions.js";
import { shortener } from "./shorten.js";
import { snakeCase } from "./snake-case.js";

/** dlt's conventions. */
export const NAMING_NAMES = ["snake_case", "direct", "duck_case", "sql_cs_v1", "sql_ci_v1"] as const;
export type NamingName = (typeof NAMING_NAMES)[number];

const RULES: Readonly<Record<NamingName, NamingRules>> = {
  snake_case: snakeCase,
  direct,
  duck_case: duckCase,
  sql_cs_v1: sqlCaseSensitive,
  sql_ci_v1: sqlCaseInsensitive,
};
const conventions: ReadonlyMap<string, NamingRules> = new Map(Object.entries(RULES));

/**
 * The naming convention of that name, for identifiers of at most `maxLength` characters (undefined: no limit).
 * Throws `ConfigError` for names that are not known, such as a custom Python module in a schema that dlt wrote.
 */
export function namingConvention(name: string, maxLength?: number): NamingConvention {
  const rules = conventions.get(name);
  if (rules === undefined) {
    throw new ConfigError(`There is no naming convention "${name}"`, {
      hint: `Known are: ${NAMING_NAMES.join(", ")}.`,
    });
  }
  return createNaming(rules, shortener(maxLength));
}

/** A schema name from any text: snake_case, at most 64 characters. */
export function normalizeSchemaName(name: string): string {
  return namingConvention("snake_case", 64).identifier(name);
}
