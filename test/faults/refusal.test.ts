import { join } from "node:path";
import { duckdb } from "sluice";
import { describe, expect, it } from "vitest";
import { runProcess, snapshot, temporaryDirectory } from "../resilience/kill-driver.js";
import { ProjectApi } from "../resilience/project-api.js";

async function execute(directory: string, ...statements: readonly string[]): Promise<void> {
  const session = await duckdb(join(directory, "data.duckdb")).open();
  try {
    for (const sql of statements) for await (const _ of session.query(sql, { dataset: "data" })); // DDL has no rows.
  } finally {
    await session.close();
  }
}

describe("a load that is refused by a process that dies before it can note it", () => {
  it("is published when the reason is gone", async () => {
    const api = await ProjectApi.start();
    await using calm = await temporaryDirectory();
    await using directory = await temporaryDirectory();
    try {
      await runProcess(api, calm.path);
      await runProcess(api, directory.path);
      api.version = 2;
      await runProcess(api, calm.path);
      await execute(directory.path, "create unique index one_note on data.data.notes (n)");
      const fault = { point: "journal-rejected", action: "kill" } as const;
      expect(await runProcess(api, directory.path, { fault })).toMatchObject({ killed: true });
      const refused = await runProcess(api, directory.path, { mayFail: true });
      expect(refused.error).toMatch(/^SLUICE_PUBLISH: Load .* was refused for table "notes".*nothing was changed/s);
      await execute(directory.path, "drop index data.data.one_note");
      expect(await runProcess(api, directory.path)).toMatchObject({ resumed: true, requests: 0 });
      expect(await snapshot(directory.path)).toEqual(await snapshot(calm.path));
    } finally {
      await api.stop();
    }
  });
});
