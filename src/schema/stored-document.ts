import { contentHash } from "./content-hash.js";
import { SchemaError } from "./errors.js";
import type { StoredSchema } from "./model.js";
import { LOADS_TABLE, loadsTable, systemHints, VERSION_TABLE, versionTable } from "./system-tables.js";

/** The form of the document that is read and written; dlt's number. */
const ENGINE_VERSION = 11;
const MAX_PREVIOUS_HASHES = 10;
const MAX_NAME_LENGTH = 64;
const RELATIONAL_NORMALIZER = "dlt.common.normalizers.json.relational";

/** The document of a schema that was never stored: system tables only, no hash yet. */
export function newDocument(name: string): StoredSchema {
  if (name.length > MAX_NAME_LENGTH || !/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name)) {
    throw new SchemaError(`"${name}" cannot name a schema`, {
      hint: "Use letters, digits and underscores, at most 64, not beginning with a digit.",
    });
  }
  return {
    version: 1,
    version_hash: "",
    engine_version: ENGINE_VERSION,
    name,
    tables: { [VERSION_TABLE]: versionTable(), [LOADS_TABLE]: loadsTable() },
    settings: { detections: ["iso_timestamp"], default_hints: systemHints() },
    normalizers: { names: "snake_case", json: { module: RELATIONAL_NORMALIZER } },
    previous_hashes: [],
  };
}

/** A copy of a stored document that may be modified; names left out by dlt's short form are filled in. */
export function copyDocument(stored: StoredSchema): StoredSchema {
  if (stored.engine_version !== ENGINE_VERSION) {
    throw new SchemaError(
      `The stored schema "${stored.name}" has engine version ${stored.engine_version}; this version reads ${ENGINE_VERSION}`,
      { hint: "Load once with dlt 1.4 or newer, which upgrades the schema, or use a new dataset." },
    );
  }
  const copy = structuredClone(stored);
  for (const [name, table] of Object.entries(copy.tables)) {
    table.name = name;
    for (const [column, schema] of Object.entries(table.columns)) schema.name = column;
  }
  return copy;
}

/** Settles the hash of a document, in place; when its content changed since it was stored, the version and the history of hashes too. */
export function settleVersion(stored: StoredSchema): StoredSchema {
  const before = stored.version_hash;
  stored.version_hash = contentHash(stored);
  if (before !== "" && stored.version_hash !== before) {
    stored.version++;
    if (!stored.previous_hashes.includes(before)) {
      stored.previous_hashes = [before, ...stored.previous_hashes].slice(0, MAX_PREVIOUS_HASHES);
    }
  }
  return stored;
}
