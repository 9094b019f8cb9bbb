import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomFrom, type RunOutcome, runProcess, snapshot, temporaryDirectory } from "./kill-driver.js";
import { ProjectApi } from "./project-api.js";

const SEED = 20_240_101;
const KILLS = 20;

describe("kill -9 at random moments, then run again", () => {
  let api: ProjectApi;
  beforeAll(async () => {
    api = await ProjectApi.start();
  });
  afterAll(() => api.stop());

  it(`ends with the tables of an undisturbed run (${KILLS} kills, seed ${SEED})`, { timeout: 120_000 }, async () => {
    const calm = await temporaryDirectory();
    const stormy = await temporaryDirectory();
    try {
      const random = randomFrom(SEED);
      let kills = 0;
      for (const version of [1, 2] as const) {
        api.version = version;
        await runProcess(api, calm.path);
        let outcome: RunOutcome;
        do {
          // A few requests further each time; the delay reaches into commits, the publish and the clean-up.
          const moment = { request: 1 + Math.floor(random() * 14), afterMs: random() ** 2 * 60 };
          outcome = await runProcess(api, stormy.path, kills < (KILLS / 2) * version ? moment : undefined);
          if (outcome.killed) kills += 1;
        } while (outcome.killed);
        expect(await snapshot(stormy.path), `after version ${version} and ${kills} kills`).toEqual(
          await snapshot(calm.path),
        );
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS / 2);
    } finally {
      await calm.remove();
      await stormy.remove();
    }
  });
});
