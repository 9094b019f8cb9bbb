import { readdirSync, readFileSync } from "node:fs";

/** A table as it was recorded: its column types in DuckDB's words, its rows without the generated ids and without nulls. */
export interface RecordedTable {
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** One request as the server saw it; `headers` are the few that cases look at. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A configuration in dlt's spelling, and what Python dlt 1.26 made of it, recorded against `server.mjs`. */
export interface ConformanceCase {
  readonly id: string;
  /** Runs of one pipeline, in order. */
  readonly steps: readonly { readonly version?: string; readonly config: unknown }[];
  readonly expected: {
    /** False: a run has to fail. */
    readonly ok: boolean;
    readonly tables: Readonly<Record<string, RecordedTable>>;
    /** Per step. */
    readonly requests: readonly (readonly RecordedRequest[])[];
  };
}

const directory = new URL("cases/", import.meta.url);

export function readCases(): ConformanceCase[] {
  const files = readdirSync(directory).filter((name) => name.endsWith(".json"));
  return files.sort().map((name) => JSON.parse(readFileSync(new URL(name, directory), "utf8")) as ConformanceCase);
}

type RecordedRow = Readonly<Record<string, unknown>>;

/** What `{"$fn": name}` stands for. */
const FUNCTIONS: Readonly<Record<string, (row: RecordedRow) => unknown>> = {
  active: (row) => row["active"] === true,
  mark: (row) => ({ ...row, processed: true }),
};

/** A step's configuration with the server's address and with functions in their places. */
export function materialise(value: unknown, base: string): unknown {
  if (typeof value === "string") return value.replaceAll("BASE", base);
  if (Array.isArray(value)) return value.map((item: unknown) => materialise(item, base));
  if (typeof value !== "object" || value === null) return value;
  if ("$fn" in value) {
    const name = String(value.$fn);
    if (!(name in FUNCTIONS)) throw new Error(`the case names a function that the harness does not have: ${name}`);
    return FUNCTIONS[name];
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, materialise(item, base)]));
}
