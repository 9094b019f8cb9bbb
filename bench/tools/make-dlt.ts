// `npm run bench:dlt`: installs dlt into a virtual environment of its own, bench/.venv, for `npm run bench`.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { venvPython } from "./toolset.js";
import { dltVersions, VENV } from "./tool.js";

/**
 * Pinned, so that figures of different days can be compared. The newest dlt whose DuckDB is that of sluice (1.5): the
 * later ones take DuckDB 2, and two engines would be compared instead of two tools.
 */
const PACKAGES = ["dlt[duckdb,parquet]==1.26.0", "duckdb==1.5.6"];
const PYTHONS = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];

function succeeds(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: "inherit" }).status === 0;
}

rmSync(VENV, { recursive: true, force: true });
const made =
  PYTHONS.some((python) => succeeds(python, ["-m", "venv", VENV])) &&
  succeeds(venvPython(), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
if (made) {
  const versions = await dltVersions(venvPython());
  console.log(`dlt ${versions["dlt"]} with DuckDB ${versions["dltDuckdb"]} is in ${VENV}`);
} else {
  rmSync(VENV, { recursive: true, force: true });
  console.error(`dlt could not be installed (${PACKAGES.join(", ")}). \`npm run bench\` measures without it.`);
  process.exitCode = 1;
}
