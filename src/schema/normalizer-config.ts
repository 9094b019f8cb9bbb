import type { JsonValue } from "../core/json.js";
import type { StoredSchema } from "./model.js";
import type { SchemaDefaults } from "./schema-change.js";
import { SYSTEM_COLUMNS } from "./system-tables.js";

/** Reads and writes `normalizers.json.config` of a stored schema: dlt's place for nesting limits and root ids. */
export class NormalizerConfig {
  readonly #json: StoredSchema["normalizers"]["json"];

  constructor(normalizers: StoredSchema["normalizers"]) {
    this.#json = normalizers.json;
  }

  /** Nesting limit of tables that have none of their own; undefined: no limit. */
  get maxNesting(): number | undefined {
    const limit = this.#json.config?.["max_nesting"];
    return typeof limit === "number" ? limit : undefined;
  }

  /** Whether nested tables carry the id of their root; undefined: as their disposition needs it. */
  get rootKey(): boolean | undefined {
    const rootKey = this.#json.config?.["root_key_propagation"];
    return typeof rootKey === "boolean" ? rootKey : undefined;
  }

  setDefaults(defaults: SchemaDefaults): void {
    this.#set("max_nesting", defaults.maxNesting ?? undefined);
    this.#set("root_key_propagation", defaults.rootKey ?? undefined);
  }

  /** Records that rows nested below `rootTable` carry its row id, which is how dlt finds out. */
  propagateRootId(rootTable: string, wanted: boolean): void {
    const propagation = recordOf(this.#json.config?.["propagation"]);
    const tables = recordOf(propagation["tables"]);
    if (!wanted && tables[rootTable] === undefined) return;
    if (wanted) tables[rootTable] = { [SYSTEM_COLUMNS.rowId]: SYSTEM_COLUMNS.rootId };
    else delete tables[rootTable];
    this.#set("propagation", { ...propagation, tables });
  }

  #set(key: string, value: JsonValue | undefined): void {
    const config = { ...this.#json.config };
    if (value === undefined) delete config[key];
    else config[key] = value;
    if (Object.keys(config).length > 0) this.#json.config = config;
    else delete this.#json.config;
  }
}

function recordOf(value: JsonValue | undefined): Record<string, JsonValue> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const record: Record<string, JsonValue> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) record[key] = inner;
  return record;
}
