import type { JsonValue } from "../core/json.js";
import type { StoredSchema, TableSchema } from "./model.js";

/** CONTRACT SKETCH (to be replaced by the implementation): a schema that evolves during one run. */
export declare class Schema {
  static create(name: string): Schema;
  static fromStored(stored: StoredSchema): Schema;
  readonly name: string;
  readonly tables: Record<string, TableSchema>;
  /** Tables and columns that changed since the last call, as JSON for the journal; undefined when nothing did. */
  takeChanges(): JsonValue | undefined;
  /** Replays a record of `takeChanges`. */
  applyChanges(changes: JsonValue): void;
  /** dlt's stored form. When the content differs from what was loaded: version + 1, the old hash in front of `previous_hashes`. */
  toStored(): StoredSchema;
}
