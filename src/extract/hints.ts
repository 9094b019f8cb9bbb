import type { JsonObject } from "../core/json.js";
import type { SnakeCased } from "../rest/canonical.js";
import type { ColumnSchema, ContractMode, MergeStrategy, ReplaceStrategy, WriteDisposition } from "../schema/model.js";

/** The hints of columns in camelCase. */
type CamelColumn = {
  [
    K in keyof ColumnSchema as K extends `x-${string}`
      ? never
      : K extends `${infer A}_${infer B}`
        ? `${A}${Capitalize<B>}`
        : never
  ]?: ColumnSchema[K];
};

/** A column hint as users write it: any subset of the stored form, or the same in camelCase; `name` given by the key. */
export type ColumnHint = Partial<Omit<ColumnSchema, "name">> &
  CamelColumn & {
    readonly name?: string;
    readonly rowVersion?: boolean;
    /** scd2: the column tells the versions of a row apart, as `rowVersionColumnName` says it. */
    readonly row_version?: boolean;
  };

/** Columns by name, or a list of columns with names. */
export type ColumnHints = Readonly<Record<string, ColumnHint>> | readonly (ColumnHint & { readonly name: string })[];

export type SchemaContractHint =
  | ContractMode
  | { readonly tables?: ContractMode; readonly columns?: ContractMode; readonly dataType?: ContractMode };

/** The long form of a write disposition, in canonical camelCase. */
export interface WriteDispositionConfig {
  readonly disposition: WriteDisposition;
  readonly strategy?: MergeStrategy | ReplaceStrategy;
  /** merge: the rows of one load hold each key once; skips the deduplication. */
  readonly deduplicated?: boolean;
  /** scd2: names of the two validity columns. Default `_dlt_valid_from`, `_dlt_valid_to`. */
  readonly validityColumnNames?: readonly [string, string];
  readonly activeRecordTimestamp?: string | null;
  readonly boundaryTimestamp?: string;
  readonly rowVersionColumnName?: string;
}

/**
 * What is known of a resource's table before any row was seen. Canonical camelCase.
 * Undefined fields mean "not said"; `run()` options override them.
 */
export interface ResourceHints {
  /** Default: the resource's name. A function of the row routes rows to tables. */
  readonly tableName?: string | ((row: Record<string, unknown>) => string);
  readonly writeDisposition?: WriteDisposition | WriteDispositionConfig;
  readonly primaryKey?: string | readonly string[];
  readonly mergeKey?: string | readonly string[];
  readonly columns?: ColumnHints;
  readonly schemaContract?: SchemaContractHint;
  /** 0 keeps every nested value as JSON, 1 flattens one level, … Default: no limit (1000). */
  readonly maxTableNesting?: number;
  /** Kept in the stored schema for other readers of the dataset (dlt documents and joins by them). Without effect on loading. */
  readonly references?: readonly JsonObject[];
  /** dlt's hints about files and table formats; kept in the stored schema, without effect on engines that have but one. */
  readonly tableFormat?: string;
  readonly fileFormat?: string;
  /** Hints of nested tables by path, such as `items` or `items.tags`. */
  readonly nestedHints?: Readonly<Record<string, Omit<ResourceHints, "nestedHints" | "tableName">>>;
}

/** Options with hints in dlt's spelling, which is also that of the long forms in them. */
export type SnakeHints<T> = {
  [K in keyof SnakeCased<T>]: K extends "write_disposition"
    ? SnakeCased<T>[K] | SnakeCased<WriteDispositionConfig>
    : K extends "schema_contract"
      ? SnakeCased<T>[K] | SnakeContract
      : SnakeCased<T>[K];
};

interface SnakeContract {
  readonly tables?: ContractMode;
  readonly columns?: ContractMode;
  readonly data_type?: ContractMode;
}

/** The hints with what the resource itself says of its table. */
export interface DeclaredHints extends ResourceHints {
  /** The field that the resource's cursor reads: its column is marked `incremental`, as dlt does. */
  readonly cursorField?: string;
}
