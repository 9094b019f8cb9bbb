import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentsOf, restoreDataset, schemaVersions } from "./dataset-copy.js";
import type { LoadJob } from "./dlt-process.js";
import { readRecording } from "./recording.js";
import { type ShopApi, shopApi, shopConfig } from "./shop-api.js";
import { runSluice } from "./tools.js";

const recorded = readRecording();

describe("with what dlt has recorded", () => {
  let folder: string;
  let shop: ShopApi;
  let job: LoadJob;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-recorded-"));
    shop = await shopApi();
    job = {
      pipelineName: "shop",
      database: join(folder, "shop.duckdb"),
      dataset: "data",
      pipelinesDir: join(folder, "pipelines"),
      source: "shop_api",
      config: shopConfig(shop.url),
    };
  });
  afterEach(async () => {
    await shop[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("continues a dataset that dlt began, to the rows and the schema that dlt would have", async () => {
    await restoreDataset(job, recorded.begun);
    for (const phase of [1, 2]) {
      shop.phase = phase;
      await runSluice(job);
    }
    expect(await contentsOf(job)).toEqual(recorded.contents);
    expect(shop.starts).toEqual(["2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"]);
    expect(await schemaVersions(job)).toEqual(recorded.versionsByDlt);
  });

  it("loads alone what dlt loads, into a schema that dlt has accepted", async () => {
    for (const phase of [0, 1, 2]) {
      shop.phase = phase;
      await runSluice(job);
    }
    expect(await contentsOf(job)).toEqual(recorded.contents);
    expect(await schemaVersions(job)).toEqual(recorded.versionsAfterSluice);
  });
});
