import { describe, expect, it } from "vitest";
import { incremental, resource, type ResourceOptions, restApiSource, source } from "sluice";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

const load = (scene: PipelineScene, rows: readonly object[], options: Partial<ResourceOptions>) =>
  scene.pipeline.run(resource({ name: "t", ...options }, rows));

describe("replace", () => {
  const replace = { writeDisposition: "replace" } as const;

  it("with no rows empties the table and those nested in it", async () => {
    await using scene = await pipelineScene();
    await load(scene, [{ a: 1, kids: [{ tags: [1] }] }], replace);
    const { tables } = await load(scene, [], replace);
    expect(tables).toEqual({});
    for (const table of ["t", "t__kids", "t__kids__tags"]) expect(await scene.rows(table)).toEqual([]);
  });

  it("with no rows makes no table that was never there", async () => {
    await using scene = await pipelineScene();
    await load(scene, [], { ...replace, columns: { a: { data_type: "bigint" } } });
    await expect(scene.rows("t")).rejects.toThrow('no table "t"');
  });

  it("empties every table that the resource has filled, also those that no row goes to any more", async () => {
    await using scene = await pipelineScene();
    const byKind = { ...replace, tableName: (row: Record<string, unknown>) => `t_${String(row["kind"])}` };
    await load(scene, [{ kind: "a", v: 1 }, { kind: "b", v: 2 }], byKind); // prettier-ignore
    await load(scene, [{ kind: "a", v: 3 }], byKind);
    expect([await scene.rows("t_a"), await scene.rows("t_b")]).toEqual([[{ kind: "a", v: 3 }], []]);
  });

  it("keeps the old rows when a page could not be read", async () => {
    await using scene = await pipelineScene();
    let status = 200;
    await using api = await localServer((_request, response) => sendJson(response, [{ a: status }], status));
    const shop = () =>
      restApiSource({
        client: { baseUrl: api.url, paginator: "single_page", maxAttempts: 1 },
        resources: [{ name: "t", onError: "skip", ...replace }],
      });
    await scene.pipeline.run(shop());
    status = 404;
    const { warnings } = await scene.pipeline.run(shop());
    expect(warnings.map(({ code }) => code)).toContain("not-replaced");
    expect(await scene.rows("t")).toEqual([{ a: 200 }]);
  });
});

describe("skip", () => {
  it("reads and loads nothing, and leaves the cursor for the run that loads", async () => {
    await using scene = await pipelineScene();
    const starts: unknown[] = [];
    const run = (writeDisposition: "append" | "skip") =>
      scene.pipeline.run(
        resource({ name: "t", writeDisposition, incremental: incremental({ cursorPath: "at" }) }, function* (context) {
          starts.push(context.incremental?.startValue);
          yield [{ at: starts.length, kids: [1] }];
        }),
      );
    await run("append");
    const info = await run("skip");
    expect([info.tables, info.resources]).toEqual([{}, {}]);
    await run("append");
    expect(starts).toEqual([null, 1]);
    expect(await scene.rows("t")).toEqual([{ at: 1 }, { at: 2 }]);
  });

  it("reads what the resource's children need", async () => {
    await using scene = await pipelineScene();
    await using api = await localServer(({ url }, response) =>
      sendJson(response, url.pathname === "/users" ? [{ id: 1 }, { id: 2 }] : [{ of: url.pathname }]),
    );
    const { tables } = await scene.pipeline.run(
      restApiSource({
        client: { baseUrl: api.url, paginator: "single_page" },
        resources: [
          { name: "users", writeDisposition: "skip" },
          { name: "notes", endpoint: "users/{resources.users.id}/notes" },
        ],
      }),
    );
    expect(tables).toEqual({ notes: 2 });
    await expect(scene.rows("users")).rejects.toThrow('no table "users"');
  });
});

describe("run()", () => {
  it.each([
    ["a list of scalars", [1, "x", 2.5]],
    ["a list of pages", [[{ value: 1 }], [{ value: "x" }, { value: 2.5 }]]],
    ["a generator", (function* () { yield 1; yield ["x", { value: 2.5 }]; yield null; })()], // prettier-ignore
    ["a generator function", function* () { yield [1, "x", 2.5]; }], // prettier-ignore
    ["an async generator function", async function* () { yield [1, "x"]; yield await Promise.resolve(2.5); }], // prettier-ignore
  ])("takes %s", async (_, data) => {
    await using scene = await pipelineScene();
    await scene.pipeline.run(data, { tableName: "t" });
    expect(await scene.rows("t")).toEqual([{ value: 1 }, { value: 2.5 }, { value__v_text: "x" }]);
  });

  it.each([[undefined], [null], ["text"], [5], [{ a: 1 }], [() => 5]])(
    "refuses %o and says what it takes",
    async (data) => {
      await using scene = await pipelineScene();
      await expect(scene.pipeline.run(data as never, { tableName: "t" })).rejects.toThrow(/list of objects|generator/);
    },
  );

  it("loads several sources into one dataset, each with a schema of its own", async () => {
    await using scene = await pipelineScene();
    const run = (a: number, b: number) =>
      scene.pipeline.run([
        source({ name: "one" }, [resource({ name: "t", writeDisposition: "replace" }, [{ a }])]),
        source({ name: "two" }, [resource({ name: "t", writeDisposition: "replace" }, [{ b }])]),
      ]);
    await run(1, 2);
    const { resources } = await run(3, 4);
    expect(Object.keys(resources)).toEqual(["one.t", "two.t"]);
    expect(await scene.rows("t")).toEqual([{ a: 3 }, { b: 4 }]);
    expect(await scene.values("SELECT schema_name FROM _dlt_loads ORDER BY load_id, 1")).toEqual(["one", "two", "one", "two"]); // prettier-ignore
  });
});

describe("declared columns", () => {
  it("keep what they cannot hold in a column beside them, and what they round is reported", async () => {
    await using scene = await pipelineScene();
    const columns = {
      small: { data_type: "bigint", precision: 32 },
      huge: { data_type: "bigint", precision: 128 },
      price: { data_type: "decimal", precision: 6, scale: 2 },
      paid: { data_type: "wei" },
    } as const;
    const { warnings } = await load(
      scene,
      [
        { small: 2_147_483_647, huge: 2n ** 100n, price: "1.25", paid: `${10n ** 37n}` },
        { small: 2_147_483_648, huge: 1, price: "1.005", paid: `${10n ** 38n}` },
        { small: "-2147483649", huge: -1, price: "12345.6", paid: 1.5 },
      ],
      { columns },
    );
    const rows = await scene.pipeline
      .dataset()
      .sql(
        "SELECT small, huge, price, paid, small__v_bigint, small__v_text, price__v_text, paid__v_text, paid__v_double FROM t",
      );
    expect(rows.map((row) => Object.values(row))).toEqual([
      [2_147_483_647, 2n ** 100n, "1.25", 10n ** 37n, null, null, null, null, null],
      [null, 1, "1.01", null, 2_147_483_648, null, null, `${10n ** 38n}`, null],
      [null, -1, null, null, null, "-2147483649", "12345.6", null, 1.5],
    ]);
    expect(warnings.filter(({ code }) => code === "value-rounded")).toMatchObject([{ column: "price", count: 1 }]);
  });

  it("hold times, dates and bytes", async () => {
    await using scene = await pipelineScene();
    await load(
      scene,
      [
        {
          at: "10:11:12.123456",
          day: "2024-02-29T10:00:00Z",
          raw: "0x00ff",
          second: "2024-01-01T00:00:00.9Z",
          local: "2024-01-01T02:00:00.123456+02:00",
        },
      ],
      {
        // prettier-ignore
        columns: {
        at: { data_type: "time" },
        day: { data_type: "date" },
        raw: { data_type: "binary" },
        second: { data_type: "timestamp", precision: 0 },
        local: { data_type: "timestamp", timezone: false, precision: 3 },
      },
      },
    );
    const [row] = await scene.rows("t");
    expect(row).toMatchObject({
      at: "10:11:12.123456",
      day: "2024-02-29",
      second: "2024-01-01T00:00:00Z",
      local: "2024-01-01T00:00:00.123",
    });
    expect(Buffer.from(row?.["raw"] as Uint8Array).toString("hex")).toBe("00ff");
  });
});

describe("several resources that load into one table", () => {
  const merge = { primaryKey: "id", writeDisposition: "merge" } as const;
  const twice = async (scene: PipelineScene, ...resources: readonly Partial<ResourceOptions>[]) => {
    const parts = resources.map((options, i) =>
      resource({ name: `r${i + 1}`, tableName: "al", ...options }, [{ id: i }, { id: 10 + i }]),
    );
    for (let run = 0; run < 2; run++) await scene.pipeline.run(source({ name: "s" }, parts));
    return scene.values("SELECT id FROM al ORDER BY id");
  };

  it.each<[string, Partial<ResourceOptions>[]]>([
    ["the first one", [merge, {}]],
    ["the last one", [{}, merge]],
    ["one whose table is named by a function", [{ ...merge, tableName: () => "al" }, {}]],
    ["one beside another whose table is named by a function", [merge, { tableName: () => "al" }]],
    ["both, in different words", [merge, { writeDisposition: { disposition: "merge", strategy: "delete-insert" } }]],
  ])("are merged when %s says so", async (_, resources) => {
    await using scene = await pipelineScene();
    expect(await twice(scene, ...resources)).toEqual([0, 1, 10, 11]);
  });

  it("are replaced together when one says so", async () => {
    await using scene = await pipelineScene();
    expect(await twice(scene, {}, { writeDisposition: "replace" })).toEqual([0, 1, 10, 11]);
  });

  it("are merged also when the one that says so is not chosen", async () => {
    await using scene = await pipelineScene();
    const parts = [
      resource({ name: "r1", tableName: "al", ...merge }, [{ id: 1 }]),
      resource({ name: "r2", tableName: "al" }, [{ id: 2 }]),
    ];
    await scene.pipeline.run(source({ name: "s" }, parts));
    await scene.pipeline.run(source({ name: "s" }, parts).withResources("r2"));
    expect(await scene.values("SELECT id FROM al ORDER BY id")).toEqual([1, 2]);
  });

  it.each<[string, Partial<ResourceOptions>[]]>([
    ["writeDisposition", [merge, { writeDisposition: "append" }]],
    ["primaryKey", [merge, { ...merge, primaryKey: ["id", "at"] }]],
    ["primaryKey", [merge, { columns: { at: { primary_key: true } } }]],
  ])("are refused when they contradict each other in %s", async (hint, resources) => {
    await using scene = await pipelineScene();
    const run = twice(scene, ...resources);
    await expect(run).rejects.toMatchObject({ code: "SLUICE_CONFIG" });
    await expect(run).rejects.toThrow(new RegExp(`"r1" and "r2" .*"al".*${hint}`));
  });
});

describe("scd2 with a version column", () => {
  const byVersion = {
    writeDisposition: { disposition: "merge", strategy: "scd2", rowVersionColumnName: "ver" },
  } as const;
  const byHint = {
    writeDisposition: { disposition: "merge", strategy: "scd2" },
    columns: { ver: { row_version: true } },
  } as const;
  const active = "SELECT v FROM t WHERE _dlt_valid_to IS NULL ORDER BY v";
  const rows = [1, 2, 3].map((id) => ({ id, v: `${id}`, ver: "1" }));

  it.each<[string, Partial<ResourceOptions>]>([
    ["a merge key", { ...byVersion, mergeKey: "id" }],
    ["a primary key", { ...byVersion, primaryKey: "id" }],
    ["the column's hint", { ...byHint, mergeKey: "id" }],
  ])("counts versions within a key (%s)", async (_, options) => {
    await using scene = await pipelineScene();
    await load(scene, [...rows, { id: 3, v: "3b", ver: "1" }], options);
    expect(await scene.values(active)).toEqual(["1", "2", "3b"]);
    await load(scene, [{ id: 1, v: "same version", ver: "1" }, { id: 2, v: "2 new", ver: "2" }, { id: 3, v: "3", ver: "1" }], options); // prettier-ignore
    expect(await scene.values(active)).toEqual(["1", "2 new", "3b"]);
  });

  it("keeps the distinct rows of a version without a key", async () => {
    await using scene = await pipelineScene();
    await load(scene, [...rows, ...rows], byVersion);
    expect(await scene.values(active)).toEqual(["1", "2", "3"]);
  });
});

describe("scd2 and a load without rows", () => {
  const scd2 = { writeDisposition: { disposition: "merge", strategy: "scd2" } } as const;
  const codes = (info: { readonly warnings: readonly { readonly code: string }[] }) => info.warnings.map((w) => w.code);

  it("warns that no version ends, unless a merge key says that the load is a part", async () => {
    await using scene = await pipelineScene();
    expect(codes(await load(scene, [], scd2))).toEqual([]);
    expect(codes(await load(scene, [{ id: 1 }], scd2))).toEqual([]);
    expect(codes(await load(scene, [], scd2))).toEqual(["empty-load"]);
    expect(await scene.values("SELECT id FROM t WHERE _dlt_valid_to IS NULL")).toEqual([1]);
    expect(codes(await load(scene, [], { ...scd2, mergeKey: "id" }))).toEqual([]);
  });
});
