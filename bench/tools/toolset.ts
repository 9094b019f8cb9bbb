import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ToolName } from "../cells.js";
import { BuiltCommit, previousRelease } from "./repository.js";
import type { Missing } from "../result.js";
import { dltTool, dltVersions, floorTool, ROOT, sluiceTool, type Tool, VENV } from "./tool.js";

export interface ToolsetOptions {
  readonly wanted: readonly ToolName[];
  /** A Python that has dlt; default the one of `npm run bench:dlt`. */
  readonly python?: string | undefined;
  /** Commit of the previous release; default the newest release. */
  readonly previous?: string | undefined;
}

/** The tools that can be measured here. */
export interface Toolset {
  readonly tools: readonly Tool[];
  readonly versions: Readonly<Record<string, string>>;
  readonly missing: readonly Missing[];
  /** Removes what was built for it. */
  remove(): void;
}

/** Python of the environment that `npm run bench:dlt` makes. */
export function venvPython(): string {
  return path.join(VENV, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

/** A tool that cannot be had is reported, never passed over. */
export async function toolset({ wanted, python, previous }: ToolsetOptions): Promise<Toolset> {
  const tools: Tool[] = [sluiceTool("sluice", ROOT)];
  const versions: Record<string, string> = { sluice: sluiceVersion(), duckdb: await duckdbVersion() };
  const missing: Missing[] = [];
  let built: BuiltCommit | undefined;

  if (wanted.includes("previous")) {
    const ref = previous ?? previousRelease();
    try {
      if (ref === null) throw new Error("no release was found; name one with --previous <commit>");
      built = BuiltCommit.build(ref);
      tools.push(sluiceTool("previous", built.folder));
      versions["previous"] = built.commit;
    } catch (error) {
      missing.push({ what: "previous", reason: reasonOf(error) });
    }
  }
  const dlts = (["dlt-parquet", "dlt"] as const).filter((name) => wanted.includes(name));
  if (dlts.length > 0) {
    const interpreter = python ?? venvPython();
    try {
      if (python === undefined && !existsSync(interpreter))
        throw new Error("dlt is not installed; `npm run bench:dlt` installs it where pip works");
      Object.assign(versions, await dltVersions(interpreter));
      tools.push(...dlts.map((name) => dltTool(name, interpreter)));
    } catch (error) {
      missing.push({ what: dlts.join(", "), reason: reasonOf(error) });
    }
  }
  if (wanted.includes("floor")) tools.push(floorTool);
  return {
    tools: tools.filter(({ name }) => wanted.includes(name)),
    versions,
    missing,
    remove: () => built?.remove(),
  };
}

function sluiceVersion(): string {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

async function duckdbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll("select version()")).getRows();
    return String(rows[0]?.[0]).replace(/^v/, "");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
