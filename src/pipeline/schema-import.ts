import type { WarningLog } from "../core/warnings.js";
import type { Source } from "../extract/source.js";
import type { StoredSchema } from "../schema/model.js";
import type { Schema } from "../schema/schema.js";

/**
 * Merges a schema that the user wrote into that of a run. What the code says of the contract wins over it, and so do the hints
 * of resources, which are merged after it.
 */
export function mergeImported(schema: Schema, imported: StoredSchema, source: Source, warnings: WarningLog): void {
  const { schema_contract: contract, ...settings } = imported.settings;
  const isOpen = source.schemaContract === undefined && contract !== undefined;
  schema.mergeSchema({ ...imported, settings: isOpen ? imported.settings : settings });
  for (const { name: table, columns } of Object.values(imported.tables)) {
    for (const { name, data_type: wanted } of Object.values(columns)) {
      const type = schema.tables[table]?.columns[name]?.data_type;
      if (wanted === undefined || type === wanted) continue;
      warnings.add({
        code: "type-hint-ignored",
        message: `Column "${name}" of table "${table}" holds data as ${type}; the type ${wanted} of the imported schema cannot change that`,
      });
    }
  }
}
