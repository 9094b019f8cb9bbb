import { writeFileSync } from "node:fs";

/**
 * A vitest reporter that counts tests for scripts/check.mjs: `{ passed, failed }` goes into the file named by
 * TEST_SUMMARY_FILE. A file that cannot be loaded and an error outside of any test count as one failure each.
 */
export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      const failures = states.filter((state) => state === "failed").length;
      passed += states.filter((state) => state === "passed").length;
      failed += failures === 0 && module.state() === "failed" ? 1 : failures;
    }
    const file = process.env["TEST_SUMMARY_FILE"];
    if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed }));
  }
}
