// `npm test`: every check of the project in the order in which a failure is cheapest to find. Stops at the first failure and
// always ends with the line `N passed, N failed`, which counts tests; a check that fails before the tests counts as one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const STEPS = [
  ["build", "npm run --silent build"],
  ["types", "npm run --silent types"],
  ["lint", "npm run --silent lint"],
  ["format", "npm run --silent format:check"],
  ["structure", "npm run --silent structure"],
  ["unused", "npm run --silent unused"],
  ["package", "npm run --silent package:check"],
];

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const failedStep = STEPS.find(([name, command]) => !succeeds(name, command));
const { passed, failed } = failedStep === undefined ? runTests() : { passed: 0, failed: 1 };
if (failedStep !== undefined)
  console.error(`\nThe check "${failedStep[0]}" failed; run it alone with: ${failedStep[1]}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function succeeds(name, command, env = {}) {
  const startedAt = performance.now();
  console.log(`> ${name}`);
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: "inherit", env: { ...process.env, ...env } });
  console.log(`  ${status === 0 ? "ok" : "failed"} after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return status === 0;
}

/** Runs the tests; a runner that dies, or fails without naming a test, counts as one failure. */
function runTests() {
  const folder = mkdtempSync(path.join(tmpdir(), "sluice-check-"));
  const file = path.join(folder, "summary.json");
  try {
    const ok = succeeds("tests", "npx vitest run --reporter=default --reporter=./scripts/summary-reporter.mjs", {
      TEST_SUMMARY_FILE: file,
    });
    const summary = JSON.parse(readFileSync(file, "utf8"));
    return { passed: summary.passed, failed: ok ? summary.failed : Math.max(1, summary.failed) };
  } catch (error) {
    console.error(`The test runner left no summary: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
