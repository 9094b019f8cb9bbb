import type { ColumnHint, ResourceHints } from "../extract/hints.js";
import type { Step } from "../extract/resource.js";
import type { CanonicalResource } from "./canonical-config.js";
import type { TableHints } from "./config.js";
import { withoutNulls } from "./nulls.js";

/** The table hints of a resource. */
export function hintsOf(config: CanonicalResource): ResourceHints {
  const { tableName, nestedHints } = config;
  const nested = nestedHints === undefined || nestedHints === null ? undefined : Object.entries(nestedHints);
  return {
    ...tableHintsOf(config),
    ...(tableName === undefined || tableName === null ? {} : { tableName }),
    ...(nested === undefined
      ? {}
      : { nestedHints: Object.fromEntries(nested.map(([path, hints]) => [path, tableHintsOf(hints)])) }),
  };
}

function tableHintsOf({
  writeDisposition,
  primaryKey,
  mergeKey,
  columns,
  schemaContract,
  maxTableNesting,
  references,
  tableFormat,
  fileFormat,
}: TableHints): Omit<ResourceHints, "tableName" | "nestedHints"> {
  const disposition =
    typeof writeDisposition === "object" && writeDisposition !== null
      ? withoutNulls(writeDisposition)
      : writeDisposition;
  return withoutNulls({
    writeDisposition: disposition,
    primaryKey,
    mergeKey,
    columns,
    schemaContract,
    maxTableNesting,
    references,
    tableFormat,
    fileFormat,
  });
}

/** True when a column of the resource or of a table nested in it is declared with a type that keeps digits: its numbers are then read by them. */
export function keepsDigits({ columns = {}, nestedHints = {} }: ResourceHints): boolean {
  const types = Object.values(columns).map(
    (hint: ColumnHint & { readonly dataType?: unknown }) => hint.data_type ?? hint.dataType,
  );
  return (
    types.includes("decimal") ||
    types.includes("text") ||
    Object.values(nestedHints).some((nested) => keepsDigits(nested))
  );
}

/** Processing steps in order; of several in one object the filter comes first, then map, then yieldMap, as in dlt. */
export function stepsOf(config: CanonicalResource): Step[] {
  return (config.processingSteps ?? []).flatMap(({ filter, map, yieldMap }): Step[] => [
    ...(filter ? [{ kind: "filter", run: filter } as const] : []),
    ...(map ? [{ kind: "map", run: map } as const] : []),
    ...(yieldMap ? [{ kind: "flatMap", run: yieldMap } as const] : []),
  ]);
}
