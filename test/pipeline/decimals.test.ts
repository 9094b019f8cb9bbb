import { expect, it } from "vitest";
import { resource, type ResourceConfig, restApiSource } from "sluice";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

const columns: ResourceConfig["columns"] = {
  at: { data_type: "decimal", precision: 30, scale: 4 },
  price: { data_type: "decimal", precision: 38, scale: 30 },
};

/** An API whose numbers have more digits than a double holds, and whose cursor counts in them. */
async function exchange(bodies: string[]) {
  const api = await localServer((_request, response) => sendJson(response, bodies.shift() ?? "[]"));
  const source = (given: ResourceConfig["columns"]) =>
    restApiSource({
      client: { baseUrl: api.url, paginator: "single_page" },
      resources: [
        {
          name: "t",
          columns: given ?? null,
          endpoint: { path: "t", params: { since: "{incremental.start_value}" }, incremental: { cursorPath: "at", initialValue: 0 } }, // prettier-ignore
        },
      ],
    });
  return { api, source, asked: () => api.seen.map(({ url }) => url.searchParams.get("since")) };
}

it("decimals of declared columns keep every digit of the JSON text, and so does a cursor of them", async () => {
  await using scene = await pipelineScene();
  const { api, source, asked } = await exchange([
    '[{"at":12345678901234567.25,"price":0.1234567890123456789012345,"raw":0.1234567890123456789012345},{"at":12345678901234567.50,"price":1.5}]',
    '[{"at":12345678901234567.50,"price":1.5},{"at":12345678901234567.75,"price":2e-1,"all":{"of":[1.00000000000000000001]}}]',
    '[{"at":12345678901234567.75,"price":2e-1,"all":{"of":[1.00000000000000000001]}},{"at":12345678901234568,"price":-0.000000000000000000000000000001}]',
  ]);
  await using _ = api;
  for (let run = 0; run < 3; run++) await scene.pipeline.run(source(columns));
  const rows = await scene.pipeline.dataset().sql("SELECT t.at, price, raw FROM t ORDER BY t.at");
  expect(rows.map((row) => Object.values(row))).toEqual([
    ["12345678901234567.2500", "0.123456789012345678901234500000", 0.123_456_789_012_345_68],
    ["12345678901234567.5000", "1.500000000000000000000000000000", null],
    ["12345678901234567.7500", "0.200000000000000000000000000000", null],
    ["12345678901234568.0000", "-0.000000000000000000000000000001", null],
  ]);
  expect(asked()).toEqual(["0", "12345678901234567.50", "12345678901234567.75"]);
  // As dlt stores a Decimal.
  expect(JSON.stringify(await scene.pipeline.state, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value))).toContain('"start_value":"\uf02612345678901234567.75"'); // prettier-ignore
});

it("columns declared as text keep the digits of the JSON text", async () => {
  await using scene = await pipelineScene();
  const { api, source } = await exchange([
    '[{"at":1,"v":12345678901234567890.5,"n":[{"w":0.1234567890123456789}]},{"at":2,"v":12345678901234567890}]',
  ]);
  await using _ = api;
  await scene.pipeline.run(source({ v: { data_type: "text" } }));
  expect(await scene.values("SELECT v FROM t ORDER BY t.at")).toEqual([
    "12345678901234567890.5",
    "12345678901234567890",
  ]);
  expect(await scene.rows("t__n")).toEqual([{ w: 0.123_456_789_012_345_68 }]);
});

it("numbers of other columns are doubles, as ever, also beside declared decimals", async () => {
  await using scene = await pipelineScene();
  const body =
    '[{"at":1,"ratio":0.30000000000000004,"long":0.1234567890123456789,"n":{"x":1.00000000000000000001},"s":"1.00000000000000000001"}]';
  const { api, source } = await exchange([body, body]);
  await using _ = api;
  await scene.pipeline.run(source(undefined));
  const [plain] = await scene.rows("t");
  await scene.again({ refresh: "drop_sources" }).run(source(columns));
  const [beside] = await scene.rows("t");
  expect(beside).toEqual({ ...plain, at: "1.0000" });
  expect(plain).toMatchObject({
    ratio: 0.1 + 0.2,
    long: 0.123_456_789_012_345_68,
    n__x: 1,
    s: "1.00000000000000000001",
  });
});

it("a decimal cursor that Python left is continued by its digits", async () => {
  await using scene = await pipelineScene();
  const run = (rows: readonly object[], lag = 0) =>
    scene.pipeline.run(resource({ name: "t", incremental: { cursorPath: "at", lag } }, rows));
  await run([{ at: "\uf02612345678901234567.25" }]); // What a Decimal looks like in dlt's state.
  await run([{ at: 12_345_678_901_234_566 }, { at: 12_345_678_901_234_570 }]);
  expect(await scene.values("SELECT count(*) FROM t")).toEqual([2]);
  await run([{ at: 12_345_678_901_234_568 }], 4);
  expect(await scene.values("SELECT count(*) FROM t")).toEqual([3]);
});
