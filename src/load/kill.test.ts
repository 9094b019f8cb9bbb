import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COUNTED_ROWS, countingLoad } from "../../test/support/counting-load.js";
import { LoadScene } from "../../test/support/load-scene.js";

const SCRIPT = fileURLToPath(new URL("../../test/support/publish-forever.ts", import.meta.url));
const REGISTER = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-register.mjs", import.meta.url));

/** Starts a process that publishes without end and kills it some milliseconds after its `load`-th publish has begun. */
async function killDuringPublish(scene: LoadScene, loads: number, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, ["--import", REGISTER, SCRIPT, scene.database], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let seen = 0;
  child.stdout.on("data", (data: Buffer) => {
    seen += data.toString().split("\n").length - 1;
    if (seen >= loads) setTimeout(() => child.kill("SIGKILL"), afterMs);
  });
  await exited;
  expect(seen, "the child failed before it was killed").toBeGreaterThanOrEqual(loads);
}

describe("a process that is killed while it publishes", () => {
  let scene: LoadScene;
  beforeEach(async () => {
    scene = await LoadScene.create();
  });
  afterEach(() => scene.remove());

  it("leaves the tables as one load made them, with its state, and the next load goes on from there", async () => {
    for (const [i, afterMs] of [3, 11, 24, 38, 55].entries()) {
      await killDuringPublish(scene, 2 + (i % 2), afterMs);
      await expectWholeLoad(scene);
    }
    const [count] = await scene.values("SELECT count(*) FROM _dlt_loads");
    await scene.load(...countingLoad(Number(count) + 1));
    await expectWholeLoad(scene);
  }, 120_000);
});

async function expectWholeLoad(scene: LoadScene): Promise<void> {
  const [{ loads, last } = {}] = await scene.query("SELECT count(*) AS loads, max(load_id) AS last FROM _dlt_loads");
  const number = Number(loads);
  expect(last).toBe(`${1_700_000_000 + number}.5`);
  expect(
    await scene.query(
      "SELECT count(*) AS rows, count(DISTINCT id) AS ids, min(n) AS low, max(n) AS high, max(_dlt_load_id) AS load FROM t",
    ),
  ).toEqual([{ rows: COUNTED_ROWS, ids: COUNTED_ROWS, low: number, high: number, load: last }]);
  expect(
    await scene.query(
      "SELECT count(*) AS rows, min(k.n) AS low, max(k.n) AS high FROM t JOIN t__kids AS k ON k._dlt_parent_id = t._dlt_id",
    ),
  ).toEqual([{ rows: COUNTED_ROWS, low: number, high: number }]);
  expect(await scene.values("SELECT count(*) FROM t__kids")).toEqual([COUNTED_ROWS]);
  expect((await scene.withSession((session) => session.readState("ds", "p")))?.version).toBe(number);
  expect((await scene.withSession((session) => session.readSchema("ds", "shop")))?.version_hash).toBe(`v${number}`);
  expect(await scene.values(`SELECT sum(added_${number}) FROM t`)).toEqual([COUNTED_ROWS * number]);
}
