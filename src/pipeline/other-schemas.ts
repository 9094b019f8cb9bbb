import type { DestinationSession } from "../destinations/destination.js";
import type { StoredSchema } from "../schema/model.js";

/** Newest stored schemas of a dataset but those of the sources `own`. */
export async function readOtherSchemas(
  session: DestinationSession,
  dataset: string,
  own: readonly string[],
): Promise<StoredSchema[]> {
  const schemas: StoredSchema[] = [];
  for (const name of await session.schemaNames(dataset)) {
    if (own.includes(name)) continue;
    const schema = await session.readSchema(dataset, name);
    if (schema !== undefined) schemas.push(schema);
  }
  return schemas;
}
