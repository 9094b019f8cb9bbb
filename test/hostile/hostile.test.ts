import { isSluiceError, type LoadInfo, restApiSource, type SluiceError } from "sluice";
import { describe, expect, it } from "vitest";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";
import { HOSTILE_CASES } from "./cases/index.js";
import { HostileApi } from "./hostile-api.js";
import { ALL_ROWS, configOf, type Loads, type Refuses, type TableRows } from "./hostile-case.js";

/** Longest message that a person may have to read, whatever the server sends. */
const LONGEST_MESSAGE = 2000;

describe.each(HOSTILE_CASES)("hostile servers: %s", (_, cases) => {
  it.concurrent.each(cases.map((hostile) => [hostile.name, hostile] as const))(
    "a server that %s",
    async (_name, hostile) => {
      await using scene = await pipelineScene();
      await using api = await HostileApi.start(hostile);
      const run = (): Promise<LoadInfo> =>
        scene
          .again()
          .run(
            restApiSource(configOf(hostile, api), { name: "hostile" }),
            hostile.limit === undefined ? {} : { limit: hostile.limit },
          );
      if ("code" in hostile.ends) await expectRefusal(scene, api, run, hostile.ends);
      else await expectLoad(scene, run, hostile.ends);
      hostile.check?.(api);
      expect(Object.keys(Object.prototype), "a prototype was polluted").toEqual([]);
    },
  );
});

async function expectLoad(
  scene: PipelineScene,
  run: () => Promise<LoadInfo>,
  { rows, warnings = [] }: Loads,
): Promise<void> {
  const info = await run();
  expect(info.warnings.map(({ code }) => code).sort()).toEqual(warnings);
  expect(Object.keys(info.tables).sort()).toEqual(Object.keys(rows).sort());
  await expectRows(scene, rows);
  expect(await scene.pipeline.pending()).toEqual([]);
}

async function expectRefusal(
  scene: PipelineScene,
  api: HostileApi,
  run: () => Promise<LoadInfo>,
  expected: Refuses,
): Promise<void> {
  const error = await failure(run());
  const {
    code,
    says,
    resource = "items",
    page = 2,
    pending = 2,
    rows = ALL_ROWS,
    afterDrop = false,
    tries = api.attacks,
  } = expected;
  expect(error.code, error.message).toBe(code);
  for (const part of [...says, `"${resource}"`]) expect(error.message).toContain(part);
  expect(error.message).toMatch(new RegExp(`page ${page}\\b`, "i"));
  expect(error.message.length).toBeLessThan(LONGEST_MESSAGE);
  expect(api.attacks, "requests that were attacked").toBe(tries);

  expect(await scene.pipeline.dataset().tables(), "something became visible").toEqual([]);
  const left = await scene.pipeline.pending();
  expect(left.map(({ state }) => state)).toEqual(pending === 0 ? [] : ["interrupted"]);
  expect(left.reduce((sum, summary) => sum + summary.rows, 0)).toBe(pending);

  api.heal();
  if (afterDrop) await scene.pipeline.dropPending();
  const info = await run();
  expect(info.resumed).toBe(pending > 0 && !afterDrop);
  await expectRows(scene, rows);
  expect(await scene.pipeline.pending()).toEqual([]);
}

async function expectRows(scene: PipelineScene, expected: Readonly<Record<string, TableRows>>): Promise<void> {
  for (const [table, rows] of Object.entries(expected)) {
    const found = await scene.rows(table);
    expect(found, table).toHaveLength(rows.length);
    expect(found, table).toEqual(expect.arrayContaining([...rows]));
  }
}

async function failure(run: Promise<LoadInfo>): Promise<SluiceError> {
  const outcome: unknown = await run.catch((error: unknown) => error);
  if (isSluiceError(outcome)) return outcome;
  throw new Error("The run did not end with an error of sluice", { cause: outcome });
}
