import { messageOf } from "../core/errors.js";
import { SchemaError } from "../schema/errors.js";
import type { StoredSchema } from "../schema/model.js";
import { VERSION_TABLE } from "../schema/system-tables.js";
import type { Dataset } from "./dataset.js";

/** One stored version of a schema: a row of `_dlt_version`, written by sluice or by dlt. */
export interface SchemaVersion {
  /** Name of the schema, which is that of its source. */
  readonly name: string;
  readonly version: number;
  /** dlt's hash of the content. */
  readonly hash: string;
  /** ISO 8601 UTC. */
  readonly storedAt: string;
}

/** The versions of the schemas of a dataset, as `_dlt_version` keeps them. */
export class SchemaStore {
  private readonly dataset: Dataset;

  constructor(dataset: Dataset) {
    this.dataset = dataset;
  }

  /** All versions of all schemas, oldest first; of one schema with `name`. Empty when nothing was loaded yet. */
  async versions(name?: string): Promise<SchemaVersion[]> {
    if (!(await this.dataset.tables()).includes(VERSION_TABLE)) return [];
    const rows = await this.dataset.sql(
      `SELECT schema_name, version, version_hash, inserted_at FROM ${VERSION_TABLE} ORDER BY inserted_at, version`,
    );
    const versions = rows.map((row) => ({
      name: String(row["schema_name"]),
      version: Number(row["version"]),
      hash: String(row["version_hash"]),
      storedAt: String(row["inserted_at"]),
    }));
    return name === undefined ? versions : versions.filter((version) => version.name === name);
  }

  /** The schema of that name, in its newest version or in the one given. Throws `SchemaError` when it is not there. */
  async read(name: string, version?: number): Promise<StoredSchema> {
    const versions = await this.versions();
    const own = versions.filter((stored) => stored.name === name);
    const found = own.findLast((stored) => version === undefined || stored.version === version);
    if (found === undefined) {
      const names = [...new Set(versions.map((stored) => stored.name))];
      const hint =
        own.length > 0
          ? `Its versions are: ${own.map((stored) => stored.version).join(", ")}.`
          : names.length > 0
            ? `It has: ${names.join(", ")}.`
            : "Nothing was loaded into it yet.";
      const what = own.length > 0 ? `no version ${version} of schema "${name}"` : `no schema "${name}"`;
      throw new SchemaError(`Dataset "${this.dataset.name}" has ${what}`, { hint });
    }
    const [row] = await this.dataset.sql(`SELECT schema FROM ${VERSION_TABLE} WHERE version_hash = $1`, [found.hash]);
    try {
      return JSON.parse(String(row?.["schema"])) as StoredSchema; // Written by sluice or dlt; `Schema.fromStored` checks it.
    } catch (cause) {
      throw new SchemaError(`Version ${found.version} of schema "${name}" cannot be read: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}
