import type { DestinationSession } from "../destinations/destination.js";
import type { StoredSchema } from "../schema/model.js";
import { VERSION_TABLE } from "../schema/system-tables.js";

/** Newest stored schemas of a dataset but those of the sources `own`. */
export async function readOtherSchemas(
  session: DestinationSession,
  dataset: string,
  own: readonly string[],
): Promise<StoredSchema[]> {
  if (!(await session.tables(dataset)).includes(VERSION_TABLE)) return [];
  const names: string[] = [];
  const versions = session.qualify(dataset, VERSION_TABLE);
  for await (const row of session.query(`SELECT DISTINCT schema_name AS name FROM ${versions} ORDER BY name`))
    names.push(String(row["name"]));
  const schemas: StoredSchema[] = [];
  for (const name of names.filter((candidate) => !own.includes(candidate))) {
    const schema = await session.readSchema(dataset, name);
    if (schema !== undefined) schemas.push(schema);
  }
  return schemas;
}
