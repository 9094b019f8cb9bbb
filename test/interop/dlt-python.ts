import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The newest dlt whose DuckDB writes files that sluice's DuckDB reads. As in `npm run bench:dlt`. */
const PACKAGES = ["dlt[duckdb]==1.26.0", "duckdb==1.5.6"];
const PYTHONS = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];
const BIN = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
/** The installation takes about 20 seconds. */
const LIMIT_MS = 180_000;

const OWN = fileURLToPath(new URL(".venv", import.meta.url));
const OF_BENCHMARK = fileURLToPath(new URL("../../bench/.venv", import.meta.url));

/** A Python that has dlt, or why there is none. */
export type DltPython = { readonly python: string } | { readonly missing: string };

/**
 * The Python that `SLUICE_DLT_PYTHON` names (`none`: do without), else that of `npm run bench:dlt`, else one of its own, which
 * is made in test/interop/.venv the first time.
 */
export function findDlt(): DltPython {
  const named = process.env["SLUICE_DLT_PYTHON"];
  if (named === "none") return { missing: "SLUICE_DLT_PYTHON says to do without" };
  if (named !== undefined && named !== "") return { python: named };
  const present = [OF_BENCHMARK, OWN].map((folder) => join(folder, BIN)).find((file) => existsSync(file));
  return present === undefined ? makeOwn() : { python: present };
}

function makeOwn(): DltPython {
  const python = join(OWN, BIN);
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", ...PACKAGES];
  const made = PYTHONS.some((name) => succeeds(name, ["-m", "venv", OWN])) && succeeds(python, install);
  if (made) return { python };
  rmSync(OWN, { recursive: true, force: true });
  return { missing: `Python or pip cannot install ${PACKAGES.join(" and ")} here` };
}

function succeeds(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: "ignore", timeout: LIMIT_MS }).status === 0;
}
