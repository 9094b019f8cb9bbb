import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LoadScene, rootTable } from "../../test/support/load-scene.js";
import { StatementError } from "../destinations/errors.js";
import { Dataset, UnknownTableError } from "./dataset.js";

describe("Dataset", () => {
  let scene: LoadScene;
  let dataset: Dataset;
  beforeEach(async () => {
    scene = await LoadScene.create();
    dataset = new Dataset(scene.destination, "ds");
    await scene.load([rootTable("issues", { id: "bigint", title: "text" }), rootTable("labels", { name: "text" })], {
      issues: Array.from({ length: 5000 }, (_, id) => ({ id, title: `issue ${id}`, _dlt_id: `${id}` })),
      labels: [{ name: "bug", _dlt_id: "l" }],
    });
  });
  afterEach(() => scene.remove());

  it("lists its tables, the tool's own last", async () => {
    expect(await dataset.tables()).toEqual(["issues", "labels", "_dlt_loads", "_dlt_pipeline_state", "_dlt_version"]);
  });

  it("reads a table row by row, as a list, and its size", async () => {
    const issues = dataset.table("issues");
    expect(await issues.count()).toBe(5000);
    expect((await issues.toArray())[4999]).toEqual({
      id: 4999,
      title: "issue 4999",
      _dlt_load_id: "1700000001.5",
      _dlt_id: "4999",
    });
    const seen: unknown[] = [];
    for await (const { id } of issues.rows()) {
      seen.push(id);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0, 1, 2]);
    expect(await dataset.table("ISSUES").count()).toBe(5000);
  });

  it("runs queries in which its tables have no prefix", async () => {
    expect(
      await dataset
        .sql("SELECT i.id, l.name FROM issues i CROSS JOIN labels l WHERE i.id > $1 ORDER BY 1", [4997])
        .toArray(),
    ).toEqual([
      { id: 4998, name: "bug" },
      { id: 4999, name: "bug" },
    ]);
    const rows = [];
    for await (const row of dataset.sql("SELECT count(*) AS n FROM issues")) rows.push(row);
    expect(await dataset.sql("SELECT count(*) AS n FROM issues")).toEqual(rows);
    expect(rows).toEqual([{ n: 5000 }]);
  });

  it("names the tables that are there when one is not", async () => {
    const missing = dataset.table('no"such');
    await expect(missing.count()).rejects.toThrow(/Its tables are: issues, labels/);
    await expect(missing.toArray()).rejects.toThrow(UnknownTableError);
    await expect(new Dataset(scene.destination, "empty").table("issues").count()).rejects.toThrow(
      /empty or does not exist/,
    );
    expect(await new Dataset(scene.destination, "empty").tables()).toEqual([]);
    await expect(dataset.sql("SELECT nonsense").toArray()).rejects.toThrow(StatementError);
  });
});
