import type { JsonValue } from "../core/json.js";

/** dlt's data types. What each becomes at a destination is the dialect's business. */
export const DATA_TYPES = [
  "text",
  "double",
  "bool",
  "timestamp",
  "bigint",
  "binary",
  "json",
  "decimal",
  "wei",
  "date",
  "time",
] as const;
export type DataType = (typeof DATA_TYPES)[number];

export const WRITE_DISPOSITIONS = ["append", "replace", "merge", "skip"] as const;
export type WriteDisposition = (typeof WRITE_DISPOSITIONS)[number];

export const MERGE_STRATEGIES = ["delete-insert", "upsert", "scd2", "insert-only"] as const;
export type MergeStrategy = (typeof MERGE_STRATEGIES)[number];

/** All mean the same here: the table is replaced in the transaction of the publish. */
export const REPLACE_STRATEGIES = ["truncate-and-insert", "insert-from-staging", "staging-optimized"] as const;
export type ReplaceStrategy = (typeof REPLACE_STRATEGIES)[number];

export const CONTRACT_MODES = ["evolve", "freeze", "discard_row", "discard_value"] as const;
export type ContractMode = (typeof CONTRACT_MODES)[number];
/** `tables`: new tables; `columns`: new columns; `data_type`: values that do not fit their column. One mode alone stands for all three. */
export type SchemaContract = ContractMode | { tables?: ContractMode; columns?: ContractMode; data_type?: ContractMode };

/**
 * A column as dlt stores it in `_dlt_version.schema` (engine version 11). Kept in dlt's own spelling everywhere, because
 * the stored document is the interface between the two tools. Absent booleans mean false, `nullable` absent means true.
 */
export interface ColumnSchema {
  name: string;
  /** Absent: hinted but never filled; not created at the destination. */
  data_type?: DataType;
  nullable?: boolean;
  precision?: number;
  scale?: number;
  timezone?: boolean;
  /** Made because a value did not fit the column that this one is named after (`amount__v_text`). */
  variant?: boolean;
  partition?: boolean;
  cluster?: boolean;
  unique?: boolean;
  sort?: boolean;
  primary_key?: boolean;
  merge_key?: boolean;
  row_key?: boolean;
  parent_key?: boolean;
  root_key?: boolean;
  hard_delete?: boolean;
  dedup_sort?: "asc" | "desc";
  incremental?: boolean;
  description?: string;
  /** sluice: only nulls were ever seen; the column is text until the first value comes and is then retyped in place. */
  "x-null-only"?: boolean;
  /** sluice: JSON pointer (RFC 6901) of the key that the column is for, where several keys of a row have the same name. */
  "x-source"?: string;
  [hint: `x-${string}`]: JsonValue | undefined;
}

/** A table as dlt stores it. Nested tables have `parent`, root tables have `resource`. */
export interface TableSchema {
  name: string;
  columns: Record<string, ColumnSchema>;
  write_disposition?: WriteDisposition;
  resource?: string;
  parent?: string;
  description?: string;
  schema_contract?: SchemaContract;
  table_format?: string;
  file_format?: string;
  references?: JsonValue;
  "x-normalizer"?: { "seen-data"?: boolean; "evolve-columns-once"?: boolean; max_nesting?: number };
  "x-merge-strategy"?: MergeStrategy;
  "x-replace-strategy"?: ReplaceStrategy;
  "x-stage-data-deduplicated"?: boolean;
  "x-boundary-timestamp"?: string;
  /** sluice: as for columns, the key whose lists are in this nested table. */
  "x-source"?: string;
  "x-active-record-timestamp"?: string;
  [hint: `x-${string}`]: JsonValue | undefined;
}

/** The schema document in dlt's own form, as kept in `_dlt_version.schema`. */
export interface StoredSchema {
  version: number;
  version_hash: string;
  engine_version: number;
  name: string;
  tables: Record<string, TableSchema>;
  settings: {
    detections?: string[];
    default_hints?: Record<string, string[]>;
    preferred_types?: Record<string, DataType>;
    schema_contract?: SchemaContract;
  };
  normalizers: {
    names: string;
    json: { module: string; config?: Record<string, JsonValue> };
    /** False in schemas from old engines: names are not split at the path separator before they are normalised. */
    use_break_path_on_normalize?: boolean;
  };
  previous_hashes: string[];
}
