import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { duckdb, pipeline } from "sluice";
import { schemaFromYaml, schemaToYaml } from "../../src/schema/schema-document.js";
import { type Contents, contentsOf, schemaVersions } from "./dataset-copy.js";
import { findDlt } from "./dlt-python.js";
import { type InteropScene, interopScene } from "./tools.js";
import { readRecording } from "./recording.js";

const found = findDlt();
const recorded = readRecording();
const STARTS = ["2023-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"];

if ("missing" in found) console.warn(`Nothing is loaded with dlt itself, only with recordings: ${found.missing}`);

describe.skipIf("missing" in found)(
  "one dataset, loaded in turns by Python dlt and sluice",
  { timeout: 60_000 },
  () => {
    let scene: InteropScene;
    beforeAll(async () => {
      scene = await interopScene("python" in found ? found.python : "");
    });
    afterAll(() => scene[Symbol.asyncDispose]());

    it.each([
      ["begun and ended by dlt, which kept its work folder", "DSD", recorded.versionsByDlt],
      ["begun and ended by sluice", "SDS", recorded.versionsAfterSluice],
    ])("has the rows, the cursor and the schema of one tool: %s", async (_, history, versions) => {
      const job = scene.job(history);
      await scene.play(history, job);
      expect(await contentsOf(job)).toEqual(recorded.contents);
      expect(scene.shop.starts.splice(0)).toEqual(STARTS);
      expect(await schemaVersions(job)).toEqual(versions);
      const reader = pipeline({ pipelineName: "shop", destination: duckdb(job.database), datasetName: job.dataset });
      const loads = await reader.dataset().sql("SELECT status, schema_name FROM _dlt_loads");
      expect(loads).toEqual(Array.from({ length: 3 }, () => ({ status: 0, schema_name: "shop_api" })));
    });

    it("continues a cursor that Python holds as a timestamp, and leaves it one", async () => {
      const job = { ...scene.job("times"), times: "events" };
      await scene.play("DSD", job);
      expect((await contentsOf(job))["events"]).toEqual(recorded.contents["events"]);
      const { state } = pipeline({ pipelineName: "shop", destination: duckdb(job.database), datasetName: job.dataset });
      expect(JSON.stringify(await state)).toContain('"last_value":"\uf0272024-01-04T00:00:00');
      scene.shop.starts.length = 0;
    });

    it("has schemas that each tool reads as the other has exported them", async () => {
      const job = scene.job("yaml");
      await scene.play("S", job);
      const { schemas } = pipeline({
        pipelineName: "shop",
        destination: duckdb(job.database),
        datasetName: job.dataset,
      });
      const schema = await schemas.read("shop_api");
      expect(await scene.dlt.ask({ action: "import", yaml: schemaToYaml(schema) })).toEqual({
        hash: schema.version_hash,
      });
      const { yaml } = await scene.dlt.ask({ action: "export", schema });
      expect(schemaFromYaml(String(yaml), "dlt.schema.yaml")).toEqual(schema);
      scene.shop.starts.length = 0;
    });

    it("starts over in turns, to what dlt loads into a new dataset", { timeout: 180_000 }, async () => {
      const fresh: Contents[] = [];
      for (const phase of [1, 2]) {
        await scene.play("D", scene.job(`fresh-${phase}`), phase);
        fresh.push(filled(await contentsOf(scene.job(`fresh-${phase}`))));
      }
      scene.shop.starts.length = 0;
      for (const refresh of ["drop_sources", "drop_resources", "drop_data"] as const) {
        const job = scene.job(refresh);
        await scene.play("D", job);
        await scene.play("S", { ...job, refresh }, 1);
        expect(filled(await contentsOf(job)), refresh).toEqual(fresh[0]);
        await scene.play("D", { ...job, refresh }, 2);
        expect(filled(await contentsOf(job)), refresh).toEqual(fresh[1]);
        expect(scene.shop.starts.splice(0)).toEqual([STARTS[0], STARTS[0], STARTS[0]]);
      }
    });
  },
);

/** Tables with rows. dlt's `drop_data` leaves rows of nested tables whose parents are gone; ours does not. */
function filled(contents: Contents): Contents {
  const tables = Object.entries(contents).map(
    ([table, rows]) => [table, rows.filter((row) => !row.includes("NOBODY"))] as const,
  );
  return Object.fromEntries(tables.filter(([, rows]) => rows.length > 0));
}
