import type { Warning } from "../core/warnings.js";
import type { DestinationSession } from "../destinations/destination.js";
import { PublishError } from "../load/errors.js";
import type { PublishPlan, SourcePlan } from "../load/plan.js";
import type { StoredSchema, TableSchema } from "../schema/model.js";
import { readOtherSchemas } from "./other-schemas.js";

/** A source as others see it: its schema, and the plan of this run if it is part of it. */
interface Filler {
  readonly schema: StoredSchema;
  readonly plan: SourcePlan | undefined;
}

/**
 * Looks for tables of this load that other sources of the dataset fill as well. A replace takes the rows of those that are
 * not part of the run along: that is a warning for each.
 *
 * @throws PublishError where a table would hold rows of its own for one source, and for another the nested rows of a table:
 * whoever replaces that table deletes them.
 */
export async function checkOtherFillers(session: DestinationSession, plan: PublishPlan): Promise<Warning[]> {
  const own = plan.sources.map((source): Filler => ({ schema: source.schema, plan: source }));
  const names = plan.sources.map((source) => source.schema.name);
  const others = (await readOtherSchemas(session, plan.dataset, names)).map((schema): Filler => ({
    schema,
    plan: undefined,
  }));
  const warnings: Warning[] = [];
  for (const source of plan.sources) {
    const touched = new Set([...source.segments.map(({ table }) => table), ...source.replaced]);
    for (const name of touched) {
      for (const other of [...own, ...others]) {
        const theirs = other.plan === source ? undefined : filled(other, name);
        if (theirs === undefined) continue;
        assertAlike(name, source.schema, theirs, other.schema.name);
        if (!source.replaced.includes(name) || takesPart(other, name)) continue;
        const filler = `resource "${theirs.resource ?? name}" of source "${other.schema.name}"`;
        warnings.push(sharedTableReplaced(name, filler));
      }
    }
  }
  return warnings;
}

/** A replace has deleted what something that is not part of the run had put into the table. */
export function sharedTableReplaced(table: string, filler: string): Warning {
  return {
    code: "shared-table-replaced",
    table,
    message: `Table "${table}" was replaced, and with it went the rows of ${filler}: whatever fills it, too, has to be part of the run. Run them together, or give them tables of their own (tableName)`,
  };
}

/** The table of that name, if the source has put rows into it. */
function filled({ schema }: Filler, name: string): TableSchema | undefined {
  const table = Object.values(schema.tables).find((one) => one.name.toLowerCase() === name.toLowerCase());
  return table?.["x-normalizer"]?.["seen-data"] === true ? table : undefined;
}

function takesPart({ plan }: Filler, table: string): boolean {
  return plan !== undefined && (plan.replaced.includes(table) || plan.segments.some((one) => one.table === table));
}

function assertAlike(name: string, schema: StoredSchema, theirs: TableSchema, other: string): void {
  const ours = schema.tables[name];
  if (ours === undefined || ours.parent === theirs.parent) return;
  throw new PublishError(
    `Table "${name}" cannot hold ${rowsOf(ours, schema.name)} and ${rowsOf(theirs, other)}: whichever is loaded would delete or mix those of the other; nothing was changed`,
    {
      table: name,
      hint: "Give one of the resources another `tableName`, or load the sources into different datasets.",
    },
  );
}

function rowsOf({ parent }: TableSchema, source: string): string {
  return parent === undefined ? `rows of source "${source}"` : `nested rows of "${parent}" in source "${source}"`;
}
