import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dataset, duckdb, pipeline, restApiSource } from "sluice";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApiServer } from "./api-server.js";
import { compareRequests } from "./compare-requests.js";
import { compareTables } from "./compare-tables.js";
import {
  type ConformanceCase,
  materialise,
  readCases,
  type RecordedRequest,
  type RecordedTable,
} from "./conformance-case.js";

let server: ApiServer;
let directory: string;

beforeAll(async () => {
  server = await ApiServer.start();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-conformance-"));
  await server.reset();
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const cases = readCases();
const succeeding = cases.filter(({ expected }) => expected.ok);
const failing = cases.filter(({ expected }) => !expected.ok);

describe("the tables, rows and requests that dlt made of the same configuration", () => {
  it.each(succeeding.map((recorded) => [recorded.id, recorded] as const))("%s", async (_, recorded) => {
    const { tables, requests } = await runSteps(recorded);
    const differences = [
      ...recorded.expected.requests.flatMap((expected, step) =>
        compareRequests(step + 1, expected, requests[step] ?? []),
      ),
      ...compareTables(recorded.expected.tables, tables),
    ];
    expect(differences.join("\n")).toBe("");
  });

  it.each(failing.map((recorded) => [recorded.id, recorded] as const))("%s is refused", async (_, recorded) => {
    await expect(runSteps(recorded)).rejects.toMatchObject({ code: expect.stringMatching(/^SLUICE_/) as string });
  });
});

async function runSteps(
  recorded: ConformanceCase,
): Promise<{ tables: Record<string, RecordedTable>; requests: RecordedRequest[][] }> {
  const acc = pipeline({
    pipelineName: "acc",
    destination: duckdb(join(directory, "acc.duckdb")),
    datasetName: "ds",
    pipelinesDir: join(directory, "pipelines"),
  });
  const requests: RecordedRequest[][] = [];
  for (const { version = "v1", config } of recorded.steps) {
    // The cases are data: what the compiler would say about them, the run-time validation says.
    const typed = materialise(config, `${server.address}/${version}`) as Parameters<typeof restApiSource>[0];
    await acc.run(restApiSource(typed, { name: "api" }));
    requests.push(await server.takeRequests());
  }
  return { tables: await readTables(acc.dataset()), requests };
}

/** Every table but the system's, with all of its rows. */
async function readTables(dataset: Dataset): Promise<Record<string, RecordedTable>> {
  const listed = await dataset
    .sql(
      "select table_name, column_name, data_type from information_schema.columns where table_schema = 'ds' order by table_name, ordinal_position",
    )
    .toArray();
  const columns = new Map<string, Record<string, string>>();
  for (const row of listed) {
    const name = String(row["table_name"]);
    if (name.startsWith("_dlt_")) continue;
    const table = columns.get(name) ?? {};
    table[String(row["column_name"])] = String(row["data_type"]);
    columns.set(name, table);
  }
  const tables: Record<string, RecordedTable> = {};
  for (const [name, types] of columns) {
    tables[name] = { columns: types, rows: await dataset.sql(`select * from "ds"."${name}"`).toArray() };
  }
  return tables;
}
