import { ConfigError } from "../core/errors.js";
import type { ResourceHints } from "../extract/hints.js";
import type { ResourceDefinition } from "../extract/resource.js";
import type { Source } from "../extract/source.js";
import { tablePatch } from "../normalize/table-hints.js";
import type { NamingConvention } from "../schema/naming/naming.js";

type Disposition = NonNullable<ResourceHints["writeDisposition"]>;

/** What a resource says of its table; undefined or empty: it says nothing. */
interface Saying {
  readonly resource: string;
  readonly disposition: Disposition | undefined;
  readonly primaryKey: string;
  readonly mergeKey: string;
}

/**
 * The source with one disposition for each table that several of its resources load into: what one of them says holds for
 * those that say nothing. (In dlt the last one decides, also by silence: a merge becomes an append.) Keys are shared by the
 * schema. Tables that are named by a function of the row are settled when they are met.
 *
 * @param ignoresCase names that differ in nothing but case are one table
 * @throws ConfigError when two of them say different things
 */
export function agreeOnTables(source: Source, naming: NamingConvention, ignoresCase: boolean): Source {
  const byTable = new Map<string, Saying[]>();
  const tableOf = ({ name, hints }: ResourceDefinition): string | undefined => {
    const { tableName = name } = hints;
    if (typeof tableName === "function") return undefined;
    const table = naming.path(tableName);
    return ignoresCase ? table.toLowerCase() : table;
  };
  for (const { definition } of source.resources) {
    const table = tableOf(definition);
    if (table === undefined || !isEverLoaded(definition)) continue;
    const sayings = byTable.get(table) ?? [];
    byTable.set(table, [...sayings, sayingOf(definition, table, naming)]);
  }
  const agreed = new Map([...byTable].map(([table, sayings]) => [table, agreement(table, sayings)] as const));
  return source.mapResources((resource) => {
    const { definition } = resource;
    const writeDisposition = agreed.get(tableOf(definition) ?? "");
    if (writeDisposition === undefined || definition.hints.writeDisposition !== undefined) return resource;
    return resource.with({ hints: { ...definition.hints, writeDisposition } });
  });
}

/** Also resources that are not chosen for this run: the next one may choose them. */
export function isEverLoaded({ selected, leftOut, hints }: ResourceDefinition): boolean {
  return (selected || leftOut === true) && longForm(hints.writeDisposition)?.disposition !== "skip";
}

function sayingOf({ name, hints }: ResourceDefinition, table: string, naming: NamingConvention): Saying {
  const { columns } = tablePatch(table, { resource: name }, hints, naming);
  const keyOf = (property: "primary_key" | "merge_key"): string =>
    columns
      .filter((column) => column[property] === true)
      .map((column) => column.name)
      .sort()
      .join(", ");
  return {
    resource: name,
    disposition: hints.writeDisposition,
    primaryKey: keyOf("primary_key"),
    mergeKey: keyOf("merge_key"),
  };
}

function agreement(table: string, sayings: readonly Saying[]): Disposition | undefined {
  for (const key of ["primaryKey", "mergeKey"] as const)
    assertSame(
      table,
      key,
      sayings.filter((saying) => saying[key] !== "").map((saying) => [saying.resource, saying[key]]),
    );
  const said = sayings.filter((saying) => saying.disposition !== undefined);
  assertSame(
    table,
    "writeDisposition",
    said.map((saying) => [saying.resource, JSON.stringify(longForm(saying.disposition))]),
  );
  return said[0]?.disposition;
}

function assertSame(table: string, hint: string, said: readonly (readonly [resource: string, what: string])[]): void {
  const [first] = said;
  const other = said.find(([, what]) => what !== first?.[1]);
  if (first === undefined || other === undefined) return;
  throw new ConfigError(
    `Resources "${first[0]}" and "${other[0]}" load into one table, "${table}", and contradict each other: ${hint} is ${first[1]} for the first and ${other[1]} for the second`,
    {
      resource: other[0],
      path: hint,
      hint: `A table has one ${hint}: give both the same, leave it out of one of them, or give one of them another \`tableName\`.`,
    },
  );
}

/** With the strategy that a merge has by default, and keys in one order, so that equal ones have equal texts. */
function longForm(given: Disposition | undefined): { readonly disposition: string } | undefined {
  if (given === undefined) return undefined;
  const { disposition, strategy, ...rest } = typeof given === "string" ? { disposition: given } : { ...given };
  const settings = disposition === "merge" ? { strategy: strategy ?? "delete-insert", ...rest } : {};
  return { disposition, ...Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
