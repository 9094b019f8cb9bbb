import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Contents, DatasetDump, SchemaVersion } from "./dataset-copy.js";

export const RECORDING_FILE: string = fileURLToPath(new URL("recorded/dlt.json", import.meta.url));

/** What Python dlt did with the shop, written by `npm run interop:record`. */
export interface Recording {
  /** Versions of dlt and of its DuckDB. */
  readonly versions: Readonly<Record<string, unknown>>;
  /** The dataset after dlt had loaded the first phase. */
  readonly begun: DatasetDump;
  /** The tables after dlt had loaded all three phases, alone. */
  readonly contents: Contents;
  /** Versions of the schema then. */
  readonly versionsByDlt: readonly SchemaVersion[];
  /** Versions of the schema after sluice had loaded the first phase and dlt the others. */
  readonly versionsAfterSluice: readonly SchemaVersion[];
}

export function readRecording(): Recording {
  return JSON.parse(readFileSync(RECORDING_FILE, "utf8")) as Recording;
}
