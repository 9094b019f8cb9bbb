import { ConfigError, excerpt } from "../core/errors.js";
import type { DestinationSession } from "../destinations/destination.js";
import { readOtherSchemas } from "./other-schemas.js";

/** Which tables and which state are thrown away before the run: those of the sources, of the selected resources, or only the rows. */
export type Refresh = (typeof REFRESHES)[number];

export const REFRESHES = ["drop_sources", "drop_resources", "drop_data"] as const;

/** Throws `ConfigError` for another word: a mistake here drops tables. `where` names the call that got it. */
export function checkRefresh(refresh: string | undefined, where: string): void {
  if (refresh === undefined || REFRESHES.some((known) => known === refresh)) return;
  throw new ConfigError(`${where}: refresh is ${excerpt(refresh)}`, {
    path: "refresh",
    hint: `It can be ${REFRESHES.map((word) => `"${word}"`).join(", ")}.`,
  });
}

/** Names of tables in lower case that hold data of sources which are not in this run, with the name of such a source. */
export type ForeignTables = Readonly<Record<string, string>>;

/** Which tables of the dataset the sources that are not in `own` have. */
export async function readForeignTables(
  session: DestinationSession,
  dataset: string,
  own: readonly string[],
): Promise<ForeignTables> {
  const foreign: Record<string, string> = {};
  for (const { name, tables } of await readOtherSchemas(session, dataset, own))
    for (const table of Object.values(tables))
      if (table["x-normalizer"]?.["seen-data"] === true) foreign[table.name.toLowerCase()] ??= name;
  return foreign;
}

/**
 * A table that another source loads into, too, is not dropped or emptied: that source's cursor would stay beyond the rows that
 * are gone, and they would never come again.
 *
 * @throws ConfigError
 */
export function assertNotShared(tables: readonly string[], foreign: ForeignTables, source: string): void {
  for (const table of tables) {
    const other = Object.hasOwn(foreign, table.toLowerCase()) ? foreign[table.toLowerCase()] : undefined;
    if (other === undefined || table.startsWith("_dlt_")) continue;
    throw new ConfigError(
      `The refresh of source "${source}" would remove table "${table}", which holds rows of source "${other}", too; those would be lost, since its cursors stay`,
      {
        path: "refresh",
        table,
        hint: `Refresh both in one run: run([${source}, ${other}], { refresh }), or load them into different tables. Nothing was changed.`,
      },
    );
  }
}
