import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("soak.mjs", import.meta.url));

/** `npm run soak:long` runs it for half an hour. */
it("loads again and again from an API that fails, without growing", { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", SCRIPT], {
    env: { ...process.env, SLUICE_SOAK_SECONDS: "8" },
  });
  expect(stdout).toMatch(/ [1-9]\d* loaded .*0 rows lost, 0 repeated; heap /);
});
