import type { ColumnSchema, DataType, TableSchema } from "./model.js";

/** Columns that the tool adds to data tables; the same names in every naming convention. */
export const SYSTEM_COLUMNS = {
  rowId: "_dlt_id",
  loadId: "_dlt_load_id",
  parentId: "_dlt_parent_id",
  listIndex: "_dlt_list_idx",
  rootId: "_dlt_root_id",
} as const;

/** Tables and columns with this prefix are the tool's own; contracts do not apply to them. */
export const SYSTEM_PREFIX = "_dlt";

export const VERSION_TABLE = "_dlt_version";
export const LOADS_TABLE = "_dlt_loads";
export const STATE_TABLE = "_dlt_pipeline_state";

type ColumnSpec = readonly [name: string, type: DataType, description: string, extra?: Partial<ColumnSchema>];

/** `_dlt_version`: one row per stored schema version. */
export function versionTable(): TableSchema {
  return systemTable(VERSION_TABLE, "Created by DLT. Tracks schema updates", [
    ["version", "bigint", "Numeric version of the schema, incremented on each schema change"],
    ["engine_version", "bigint", "Version of the dlt schema engine that created this schema"],
    ["inserted_at", "timestamp", "Timestamp when this schema version was stored"],
    ["schema_name", "text", "Name of the schema"],
    ["version_hash", "text", "Unique hash of the schema content, used to detect changes"],
    ["schema", "text", "JSON representation of the complete schema definition"],
  ]);
}

/** `_dlt_loads`: one row per completed load. */
export function loadsTable(): TableSchema {
  return systemTable(LOADS_TABLE, "Created by DLT. Tracks completed loads", [
    ["load_id", "text", "Unique identifier of the load operation", { precision: 64 }],
    ["schema_name", "text", "Name of the schema associated with this load", { nullable: true }],
    ["status", "bigint", "Status of the load operation (0 = success)"],
    ["inserted_at", "timestamp", "Timestamp when the load was completed"],
    ["schema_version_hash", "text", "Hash of the schema version used during this load", { nullable: true }],
  ]);
}

/** `_dlt_pipeline_state`: one row per changed state; part of the pipeline's default schema only. */
export function stateTable(): TableSchema {
  const table = systemTable(STATE_TABLE, "Created by DLT. Tracks pipeline state", [
    ["version", "bigint", "Numeric version of the pipeline state"],
    ["engine_version", "bigint", "Version of the dlt state engine"],
    ["pipeline_name", "text", "Name of the pipeline this state belongs to"],
    ["state", "text", "Compressed JSON representation of the pipeline state"],
    ["created_at", "timestamp", "Timestamp when this state was created"],
    ["version_hash", "text", "Hash of the state content, used to detect changes", { nullable: true }],
    [SYSTEM_COLUMNS.loadId, "text", "Load identifier linking this row to its load operation", { precision: 64 }],
  ]);
  const rowId: ColumnSchema = {
    name: SYSTEM_COLUMNS.rowId,
    data_type: "text",
    nullable: false,
    unique: true,
    row_key: true,
  };
  return {
    ...table,
    columns: { ...table.columns, [rowId.name]: rowId },
    write_disposition: "append",
    file_format: "preferred",
    "x-normalizer": { "seen-data": true },
  };
}

/** `settings.default_hints` of every schema: what dlt gives the system columns when it meets them. */
export function systemHints(): Record<string, string[]> {
  const { rowId, loadId, parentId, listIndex, rootId } = SYSTEM_COLUMNS;
  return {
    not_null: [rowId, rootId, parentId, listIndex, loadId],
    parent_key: [parentId],
    root_key: [rootId],
    unique: [rowId],
    row_key: [rowId],
  };
}

function systemTable(name: string, description: string, columns: readonly ColumnSpec[]): TableSchema {
  return {
    name,
    columns: Object.fromEntries(
      columns.map(([column, type, text, extra]) => [
        column,
        { name: column, data_type: type, nullable: false, description: text, ...extra },
      ]),
    ),
    write_disposition: "skip",
    resource: name,
    description,
  };
}
