import { ConfigError } from "../core/errors.js";
import type { Source } from "../extract/source.js";
import type { Identifiers } from "../normalize/table-catalog.js";
import type { TableSchema } from "../schema/model.js";
import type { NamingConvention } from "../schema/naming/naming.js";
import type { Schema } from "../schema/schema.js";
import { isEverLoaded } from "./shared-tables.js";

/**
 * Refuses resources that would share a table only because their names become one (`userItems`, `user_items`): rows of one
 * would replace those of the other. Who wants it says so with `tableName`. Tables that are named by a function of the row do
 * not count.
 *
 * @throws ConfigError
 */
export function assertTableNames(source: Source, schema: Schema, identifiers: Identifiers): void {
  const naming = schema.naming(identifiers.maxIdentifierLength);
  const owners = new Map<string, { readonly resource: string; readonly given: string }>();
  for (const { definition } of source.resources) {
    const { name: resource, hints } = definition;
    const { tableName: given = resource } = hints;
    if (typeof given === "function" || !isEverLoaded(definition)) continue;
    const table = naming.path(given);
    const key = identifiers.ignoresCase === true ? table.toLowerCase() : table;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, { resource, given });
    else if (owner.given !== given)
      throw new ConfigError(
        `Resources "${owner.resource}" and "${resource}" of source "${source.name}" would both load into table "${table}"`,
        {
          resource,
          path: "tableName",
          hint: `Give one of them another \`tableName\`; to load both into one table give both tableName: "${table}".`,
        },
      );
  }
}

/** Resources of a source that fill a table and are not part of this run; `stored` is the table as it was before the run. */
export function otherFillersOf(
  { resources }: Source,
  table: string,
  stored: TableSchema | undefined,
  naming: NamingConvention,
): string[] {
  const others = new Set<string>();
  const ours = resources.filter(({ definition }) => definition.selected).map(({ name }) => name);
  if (stored?.["x-normalizer"]?.["seen-data"] !== true) return [];
  if (stored.resource !== undefined && !ours.includes(stored.resource)) others.add(stored.resource);
  for (const { definition } of resources) {
    const { tableName = definition.name } = definition.hints;
    if (definition.leftOut === true && typeof tableName !== "function" && naming.path(tableName) === table)
      others.add(definition.name);
  }
  return [...others];
}
