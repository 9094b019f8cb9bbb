import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomFrom, runProcess, type RunOutcome, snapshot, temporaryDirectory } from "./kill-driver.js";
import { ProjectApi } from "./project-api.js";

/** `npm run soak` sets more kills; they come in rounds of at most 20, each with a seed of its own, so that a failing one can be repeated. */
const KILLS = Number(process.env["SLUICE_KILLS"] ?? 20);
const MOST_KILLS_PER_ROUND = 20;
const SEED = Number(process.env["SLUICE_SEED"] ?? 20_240_101);

interface Outcome {
  readonly kills: number;
  readonly resumed: number;
  /** Requests beyond those of an undisturbed run, for each kill. */
  readonly extraRequests: number;
}

/** Two loads, the second with changed data, killed again and again until one attempt gets through: `most` times in all. */
async function round(api: ProjectApi, seed: number, most: number): Promise<Outcome> {
  await using calm = await temporaryDirectory();
  await using stormy = await temporaryDirectory();
  const random = randomFrom(seed);
  let kills = 0;
  let resumed = 0;
  let extra = 0;
  for (const version of [1, 2] as const) {
    api.version = version;
    const { requests } = await runProcess(api, calm.path);
    let outcome: RunOutcome;
    extra -= requests;
    do {
      // A few requests further each time; the delay reaches into commits, the publish and the clean-up.
      const moment = { request: 1 + Math.floor(random() * 9), afterMs: random() ** 2 * 60 };
      const isCalm = kills >= (most / 2) * version;
      outcome = await runProcess(api, stormy.path, isCalm ? {} : { kill: moment });
      extra += outcome.requests;
      if (outcome.killed) kills += 1;
    } while (outcome.killed);
    if (outcome.resumed) resumed += 1;
    expect(await snapshot(stormy.path), `version ${version}, ${kills} kills, seed ${seed}`).toEqual(
      await snapshot(calm.path),
    );
  }
  return { kills, resumed, extraRequests: kills === 0 ? 0 : extra / kills };
}

describe("kill -9 at random moments, then run again", () => {
  let api: ProjectApi;
  beforeAll(async () => {
    api = await ProjectApi.start();
  });
  afterAll(() => api.stop());

  it(`ends with the tables of an undisturbed run (${KILLS} kills)`, { timeout: KILLS * 9_000 }, async () => {
    const outcomes: Outcome[] = [];
    const sum = (of: (outcome: Outcome) => number): number =>
      outcomes.reduce((total, outcome) => total + of(outcome), 0);
    // A round may get through with fewer kills than it wants; the next one, with its own seed, makes up for it.
    for (let seed = SEED, left = KILLS; left > 0; left = KILLS - sum(({ kills }) => kills), seed++)
      outcomes.push(await round(api, seed, Math.min(left, MOST_KILLS_PER_ROUND)));
    expect(sum(({ kills }) => kills)).toBe(KILLS);
    const extra = outcomes.map((outcome) => outcome.extraRequests).sort((a, b) => a - b)[outcomes.length >> 1] ?? 0;
    console.log(
      `${sum(({ kills }) => kills)} kills, ${sum(({ resumed }) => resumed)} runs resumed to their end, 0 rows lost, 0 repeated; extra requests per kill: median ${extra.toFixed(1)}`,
    );
  });
});
