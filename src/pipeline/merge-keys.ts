import type { ResourceDefinition } from "../extract/resource.js";
import type { Source } from "../extract/source.js";
import { assertMergeable } from "../load/mergeable.js";
import type { Identifiers } from "../normalize/table-catalog.js";
import { tablePatch } from "../normalize/table-hints.js";
import type { StoredSchema } from "../schema/model.js";
import { Schema } from "../schema/schema.js";
import { agreeOnTables } from "./shared-tables.js";

/**
 * Refuses merges without a key before anything is read; tables that do not exist yet are judged by the hints of all resources
 * that load into them: the key of one is that of all. Tables that are named by a function are known with the first row: the
 * publish checks them.
 *
 * @param schema with the hints of the resources whose tables exist
 * @throws MissingKeyError
 */
export function assertKeys(source: Source, schema: Schema, maxIdentifierLength: number): void {
  const planned = Schema.create("planned", schema.naming().name);
  const known = new Set<string>();
  for (const definition of selectedOf(source)) {
    const table = tableOf(definition, schema, maxIdentifierLength);
    if (table === undefined) continue;
    if (schema.tables[table] === undefined) declare(definition, table, planned, maxIdentifierLength);
    else known.add(table);
  }
  for (const table of known) {
    const present = schema.tables[table];
    if (present !== undefined) assertMergeable({ tables: { [table]: present } });
  }
  assertMergeable(planned);
}

/**
 * The same for a source that no run has begun with.
 *
 * @param stored the source's schema at the destination: a key that a table has there counts
 * @throws MissingKeyError
 */
export function assertSourceKeys(given: Source, stored: StoredSchema | undefined, capabilities: Identifiers): void {
  const { maxIdentifierLength, ignoresCase = false } = capabilities;
  const schema = stored === undefined ? Schema.create(given.name) : Schema.fromStored(stored);
  const source = agreeOnTables(given, schema.naming(maxIdentifierLength), ignoresCase);
  for (const definition of selectedOf(source)) {
    const table = tableOf(definition, schema, maxIdentifierLength);
    if (table !== undefined) declare(definition, table, schema, maxIdentifierLength);
  }
  assertKeys(source, schema, maxIdentifierLength);
}

function selectedOf(source: Source): ResourceDefinition[] {
  return source.resources.map(({ definition }) => definition).filter((definition) => definition.selected);
}

function tableOf({ name, hints }: ResourceDefinition, schema: Schema, maxIdentifierLength: number): string | undefined {
  const { tableName = name } = hints;
  return typeof tableName === "function" ? undefined : schema.naming(maxIdentifierLength).path(tableName);
}

function declare(
  { name, hints }: ResourceDefinition,
  table: string,
  schema: Schema,
  maxIdentifierLength: number,
): void {
  schema.mergeTable(tablePatch(table, { resource: name }, hints, schema.naming(maxIdentifierLength)));
}
