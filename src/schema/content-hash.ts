import { createHash } from "node:crypto";
import { byCodePoint, jsonText } from "../core/json-text.js";
import type { StoredSchema } from "./model.js";

/**
 * dlt's version hash: base64 of SHA3-256 over the document as JSON with sorted keys, without version, hashes and their
 * history, followed by the names of tables (sorted) and their columns (in order, which the JSON does not show).
 */
export function contentHash(stored: StoredSchema): string {
  const content: Record<string, unknown> = { ...stored };
  for (const key of ["version", "version_hash", "imported_version_hash", "previous_hashes"]) delete content[key];
  const hash = createHash("sha3-256").update(jsonText(content, { sortKeys: true }), "utf8");
  for (const [name, table] of Object.entries(stored.tables).sort(([a], [b]) => byCodePoint(a, b))) {
    hash.update(name, "utf8");
    for (const column of Object.keys(table.columns)) hash.update(column, "utf8");
  }
  return hash.digest("base64");
}
