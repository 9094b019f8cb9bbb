import type { ResourceDefinition } from "../extract/resource.js";
import type { Source } from "../extract/source.js";
import { assertMergeable } from "../load/mergeable.js";
import { tablePatch } from "../normalize/table-hints.js";
import type { StoredSchema } from "../schema/model.js";
import { Schema } from "../schema/schema.js";

/**
 * Refuses a merge without a key before anything is read; a table that does not exist yet is judged by its hints. Tables
 * that are named by a function are known with the first row: the publish checks them.
 *
 * @throws MissingKeyError
 */
export function assertKeys(definition: ResourceDefinition, schema: Schema, maxIdentifierLength: number): void {
  const table = tableOf(definition, schema, maxIdentifierLength);
  if (table === undefined) return;
  const known = schema.tables[table];
  if (known !== undefined) return assertMergeable({ tables: { [table]: known } });
  const planned = Schema.create("planned");
  declare(definition, table, planned, maxIdentifierLength);
  assertMergeable(planned);
}

/**
 * The same for all resources of a source that no run has begun with.
 *
 * @param stored the source's schema at the destination: a key that a table has there counts
 * @throws MissingKeyError
 */
export function assertSourceKeys(source: Source, stored: StoredSchema | undefined, maxIdentifierLength: number): void {
  const schema = stored === undefined ? Schema.create(source.name) : Schema.fromStored(stored);
  const selected = source.resources.map(({ definition }) => definition).filter((definition) => definition.selected);
  // Resources may share a table, and the key of one is that of all.
  for (const definition of selected) {
    const table = tableOf(definition, schema, maxIdentifierLength);
    if (table !== undefined) declare(definition, table, schema, maxIdentifierLength);
  }
  for (const definition of selected) assertKeys(definition, schema, maxIdentifierLength);
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
