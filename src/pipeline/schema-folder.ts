import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../core/errors.js";
import { safeFileName } from "../package/layout.js";
import { SchemaError } from "../schema/errors.js";
import type { StoredSchema } from "../schema/model.js";

/** Schemas by name. */
export type Schemas = Readonly<Record<string, StoredSchema>>;

/** The file of a schema in a folder, named as dlt names it. */
function fileOf(folder: string, name: string): string {
  return path.join(folder, `${safeFileName(name)}.schema.yaml`);
}

/**
 * Reads `<name>.schema.yaml` for each of the names; schemas without a file are left out. Throws `SchemaError` for a file that
 * cannot be read or is no schema of that name.
 */
export async function importSchemas(folder: string, names: readonly string[]): Promise<Schemas> {
  const schemas: Record<string, StoredSchema> = {};
  for (const name of names) {
    const file = fileOf(folder, name);
    const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw new SchemaError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
    });
    if (text === undefined) continue;
    const { schemaFromYaml } = await import("../schema/schema-document.js");
    const schema = schemaFromYaml(text, file);
    if (schema.name !== name)
      throw new SchemaError(`${file} holds the schema "${schema.name}"`, {
        path: "name",
        hint: `Rename the file, or the schema in it to "${name}".`,
      });
    schemas[name] = schema;
  }
  return schemas;
}

/** Writes `<name>.schema.yaml`, unless it has this very text already. Makes the folder. */
export async function exportSchema(folder: string, schema: StoredSchema): Promise<string> {
  const { schemaToYaml } = await import("../schema/schema-document.js");
  const file = fileOf(folder, schema.name);
  const text = schemaToYaml(schema);
  if ((await readFile(file, "utf8").catch(() => undefined)) !== text) {
    await mkdir(folder, { recursive: true });
    await writeFile(file, text);
  }
  return file;
}
