import { ConfigError } from "../core/errors.js";
import type {
  ColumnHint,
  ColumnHints,
  DeclaredHints,
  SchemaContractHint,
  WriteDispositionConfig,
} from "../extract/hints.js";
import type { ColumnSchema, MergeStrategy, ReplaceStrategy, SchemaContract } from "../schema/model.js";
import type { NamingConvention } from "../schema/naming/naming.js";
import type { TablePatch, TableProps } from "../schema/schema-change.js";
import { SYSTEM_COLUMNS } from "../schema/system-tables.js";

/** Hints of one table, root or nested. */
export type TableHints = Omit<DeclaredHints, "nestedHints" | "tableName">;

/** Which table the hints are for: a root table of a resource, or one that is nested in another. */
export type TableOwner = { readonly resource: string } | { readonly parent: string };

const DEFAULT_VALIDITY_COLUMNS = ["_dlt_valid_from", "_dlt_valid_to"] as const;

/** Properties that a write disposition decides; a new disposition starts from none of them. */
const NO_STRATEGY: TableProps = {
  "x-merge-strategy": null,
  "x-replace-strategy": null,
  "x-stage-data-deduplicated": null,
  "x-boundary-timestamp": null,
};

/**
 * What hints say of a table, in the schema's terms and with normalised names. A root table without a disposition is
 * appended to, whatever it was before; everything else that is not said stays as it is.
 */
export function tablePatch(name: string, owner: TableOwner, hints: TableHints, naming: NamingConvention): TablePatch {
  const disposition = dispositionOf(hints, owner);
  const columns = new Map<string, ColumnSchema>();
  const add = (column: string, hint: Omit<ColumnSchema, "name">): void => {
    const normalized = naming.path(column);
    columns.set(normalized, { ...columns.get(normalized), ...hint, name: normalized });
  };
  const hinted = columnHints(hints.columns);
  if (disposition?.strategy === "scd2") {
    const version = disposition.rowVersionColumnName ?? hinted.find(([, hint]) => hint.row_version === true)?.[0];
    for (const [column, hint] of validityColumns(disposition, version)) add(column, hint);
  }
  for (const [column, { row_version: _, ...hint }] of hinted) add(column, hint);
  for (const key of list(hints.primaryKey)) add(key, { nullable: false, primary_key: true });
  for (const key of list(hints.mergeKey)) add(key, { nullable: false, merge_key: true });
  if (hints.cursorField !== undefined) add(hints.cursorField, { incremental: true });
  return { name, props: propsOf(owner, hints, disposition), columns: [...columns.values()] };
}

/** True when hints give their table a key. */
export function hasKey(hints: TableHints | undefined): boolean {
  if (hints === undefined) return false;
  if (list(hints.primaryKey).length > 0 || list(hints.mergeKey).length > 0) return true;
  return columnHints(hints.columns).some(([, hint]) => hint.primary_key === true || hint.merge_key === true);
}

/** The contract in the schema's spelling. */
export function contractHint(hint: SchemaContractHint): SchemaContract {
  if (typeof hint === "string") return hint;
  const { dataType, ...rest } = hint;
  return dataType === undefined ? rest : { ...rest, data_type: dataType };
}

function propsOf(owner: TableOwner, hints: TableHints, disposition: WriteDispositionConfig | undefined): TableProps {
  return {
    ...owner,
    ...(disposition === undefined
      ? {}
      : { ...NO_STRATEGY, write_disposition: disposition.disposition, ...strategyProps(disposition) }),
    ...(hints.schemaContract === undefined ? {} : { schema_contract: contractHint(hints.schemaContract) }),
    ...(hints.maxTableNesting === undefined ? {} : { "x-normalizer": { max_nesting: hints.maxTableNesting } }),
    ...(hints.references === undefined ? {} : { references: hints.references }),
    ...(hints.tableFormat === undefined ? {} : { table_format: hints.tableFormat }),
    ...(hints.fileFormat === undefined ? {} : { file_format: hints.fileFormat }),
  };
}

function dispositionOf(hints: TableHints, owner: TableOwner): WriteDispositionConfig | undefined {
  const { writeDisposition } = hints;
  if (writeDisposition === undefined) return "resource" in owner ? { disposition: "append" } : undefined;
  return typeof writeDisposition === "string" ? { disposition: writeDisposition } : writeDisposition;
}

function strategyProps({ disposition, strategy, deduplicated, boundaryTimestamp }: WriteDispositionConfig): TableProps {
  if (disposition === "replace" && isReplaceStrategy(strategy)) return { "x-replace-strategy": strategy };
  if (disposition !== "merge") return {};
  return {
    ...(isMergeStrategy(strategy) ? { "x-merge-strategy": strategy } : {}),
    ...(deduplicated === true ? { "x-stage-data-deduplicated": true } : {}),
    ...(boundaryTimestamp === undefined ? {} : { "x-boundary-timestamp": boundaryTimestamp }),
  };
}

/** scd2: when a version became current and when it ceased to be, and the column that tells versions apart. */
function validityColumns(
  config: WriteDispositionConfig,
  version: string = SYSTEM_COLUMNS.rowId,
): (readonly [string, Omit<ColumnSchema, "name">])[] {
  const [from, to] = config.validityColumnNames ?? DEFAULT_VALIDITY_COLUMNS;
  return [
    [from, { data_type: "timestamp", nullable: true, "x-valid-from": true }],
    [
      to,
      {
        data_type: "timestamp",
        nullable: true,
        "x-valid-to": true,
        "x-active-record-timestamp": config.activeRecordTimestamp ?? null,
      },
    ],
    // A version that comes back has the id that it had, so the id is not unique.
    [version, { nullable: false, "x-row-version": true, unique: false, row_key: false }],
  ];
}

function columnHints(hints: ColumnHints | undefined): (readonly [string, Omit<ColumnHint, "name">])[] {
  if (hints === undefined) return [];
  const named: (readonly [string | undefined, ColumnHint])[] = isList(hints)
    ? hints.map((hint) => [hint.name, hint])
    : Object.entries(hints);
  return named.map(([key, hint]) => {
    const { name = key, ...rest } = hint;
    if (name === undefined || name.trim() === "")
      throw new ConfigError("A column hint has no name", {
        path: "columns",
        hint: "Give each hint in the list a `name`, or use an object with names as keys.",
      });
    return [
      name,
      Object.fromEntries(Object.entries(rest).map(([property, value]) => [snakeProperty(property), value])),
    ];
  });
}

/** `dataType` as `data_type`; vendor hints (`x-…`) stay as they are. */
function snakeProperty(property: string): string {
  return property.startsWith("x-") ? property : property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isMergeStrategy(strategy: MergeStrategy | ReplaceStrategy | undefined): strategy is MergeStrategy {
  return strategy === "delete-insert" || strategy === "upsert" || strategy === "scd2" || strategy === "insert-only";
}

function isReplaceStrategy(strategy: MergeStrategy | ReplaceStrategy | undefined): strategy is ReplaceStrategy {
  return strategy !== undefined && !isMergeStrategy(strategy);
}

function isList(hints: ColumnHints): hints is readonly (ColumnHint & { readonly name: string })[] {
  return Array.isArray(hints);
}

function list(keys: string | readonly string[] | undefined): readonly string[] {
  if (keys === undefined) return [];
  return typeof keys === "string" ? [keys] : keys;
}
