import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowList } from "../../test/support/row-list.js";
import { WarningLog } from "../core/warnings.js";
import type { ResourceHints } from "../extract/hints.js";
import type { StoredSchema } from "../schema/model.js";
import { Schema } from "../schema/schema.js";
import {
  ContractViolationError,
  ExactnessUnknown,
  MissingValueError,
  Normalizer,
  type NormalizerDefaults,
} from "./normalizer.js";

interface Bench {
  readonly schema: Schema;
  readonly normalizer: Normalizer;
  readonly warnings: WarningLog;
  /** Lines per table, as they went to the sink. */
  readonly lines: Map<string, string[]>;
  /** Rows of a table without system columns. */
  rows(table: string): unknown[];
  /** Types of a table's data columns; `?` behind the type: nothing but nulls so far. */
  types(table: string): Record<string, string>;
  codes(): string[];
}

/** A normaliser with one resource `r`, its rows kept in memory. For tests. */
function bench(hints: ResourceHints = {}, stored?: StoredSchema, defaults: NormalizerDefaults = {}): Bench {
  const schema = stored === undefined ? Schema.create("api") : Schema.fromStored(stored);
  const warnings = new WarningLog();
  const sink = new RowList();
  const normalizer = new Normalizer({ schema, warnings, sink, maxIdentifierLength: 63, defaults });
  normalizer.declareResource("r", hints);
  return {
    schema,
    normalizer,
    warnings,
    get lines() {
      return sink.lines;
    },
    rows: (table) => (sink.lines.get(table) ?? []).map((line) => withoutSystem(JSON.parse(line))),
    types: (table) => {
      const columns = Object.values(schema.tables[table]?.columns ?? {}).filter(({ name }) => !name.startsWith("_dlt"));
      return Object.fromEntries(
        columns.map((column) => [column.name, `${column.data_type}${column["x-null-only"] === true ? "?" : ""}`]),
      );
    },
    codes: () => warnings.list().map(({ code }) => code),
  };
}

/** Writes one page of resource `r` into a new bench. */
function written(rows: readonly unknown[], hints: ResourceHints = {}, stored?: StoredSchema): Bench {
  const made = bench(hints, stored);
  made.normalizer.writePage("r", rows);
  return made;
}

function withoutSystem(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith("_dlt")));
}

/** What the next run starts from. */
function after(rows: readonly unknown[], hints: ResourceHints = {}): StoredSchema {
  return written(rows, hints).schema.toStored();
}

describe("shape", () => {
  const order = {
    id: 1,
    updatedAt: "2024-01-02T00:00:00Z",
    "Customer Name": "x",
    addr: { city: "B", geo: { lat: 1.5, lng: 2 } },
    items: [
      { sku: "a", qty: 1, tags: ["x", "y"] },
      { sku: "b", qty: 2 },
    ],
    nums: [1, 2, 3],
    mat: [[1, 2], [3]],
    empty: [],
    emptyd: {},
    amount: 5,
    _dlt_id: "7e4/WNLoTm87dQ",
  };

  it("is dlt's, ids of nested rows included when the root's id is given", () => {
    const made = bench();
    const counts = made.normalizer.writePage("r", [order]);
    expect(Object.fromEntries(made.lines)).toEqual({
      r: [
        '{"id":1,"updated_at":"2024-01-02T00:00:00Z","customer_name":"x","amount":5,"addr__city":"B","addr__geo__lat":1.5,"addr__geo__lng":2,"_dlt_id":"7e4/WNLoTm87dQ"}',
      ],
      r__items: [
        expect.stringContaining('{"sku":"a","qty":1,"_dlt_parent_id":"7e4/WNLoTm87dQ","_dlt_list_idx":0,"_dlt_id":"'),
        expect.stringContaining('{"sku":"b","qty":2,"_dlt_parent_id":"7e4/WNLoTm87dQ","_dlt_list_idx":1,"_dlt_id":"'),
      ],
      r__items__tags: [
        expect.stringContaining('{"value":"x","_dlt_parent_id":"'),
        expect.stringContaining('"_dlt_list_idx":1'),
      ],
      r__nums: [
        expect.stringContaining('{"value":1,'),
        expect.stringContaining('{"value":2,'),
        expect.stringContaining('{"value":3,'),
      ],
      r__mat: [expect.stringMatching(/^\{"_dlt_parent_id":/), expect.stringMatching(/^\{"_dlt_parent_id":/)],
      r__mat__list: [
        expect.stringContaining('{"value":1,'),
        expect.stringContaining('{"value":2,'),
        expect.stringContaining('{"value":3,'),
      ],
    });
    expect(counts).toEqual({
      rows: { r: 1, r__items: 2, r__items__tags: 2, r__nums: 3, r__mat: 2, r__mat__list: 3 },
      discardedRows: {},
      discardedValues: {},
    });
    expect(made.normalizer.tablesOf("r")).toEqual([
      "r",
      "r__items",
      "r__items__tags",
      "r__nums",
      "r__mat",
      "r__mat__list",
    ]);
  });

  it("puts system columns behind the data of the first row", () => {
    const { schema } = written([order, { id: 2, late: 1 }]);
    expect(Object.keys(schema.tables["r"]?.columns ?? {}).slice(-3)).toEqual(["_dlt_load_id", "_dlt_id", "late"]);
    expect(Object.keys(schema.tables["r__items"]?.columns ?? {})).toEqual([
      "sku",
      "qty",
      "_dlt_parent_id",
      "_dlt_list_idx",
      "_dlt_id",
    ]);
  });

  it("makes rows of items that are no objects", () => {
    expect(written([1, [2, 3], null]).rows("r")).toEqual([{ value: 1 }, {}, {}]);
  });

  it("keeps what lies below the nesting limit as JSON text", () => {
    const row = { a: { b: { c: 1 } }, l: [{ x: [1] }] };
    const flat = written([row], { maxTableNesting: 0 });
    expect(flat.rows("r")).toEqual([{ a: '{"b":{"c":1}}', l: '[{"x":[1]}]' }]);
    expect(flat.types("r")).toEqual({ a: "json", l: "json" });
    const one = written([row], { maxTableNesting: 1 });
    expect([one.rows("r"), one.rows("r__l")]).toEqual([[{ a__b: '{"c":1}' }], [{ x: "[1]" }]]);
    const source = bench({}, undefined, { maxTableNesting: 1 });
    source.normalizer.writePage("r", [row]);
    expect(source.rows("r")).toEqual([{ a__b: '{"c":1}' }]);
  });

  it("keeps declared and preferred json columns whole, but flattens into a text column", () => {
    const stored = Schema.create("api").toStored();
    stored.settings.preferred_types = { "re:_raw$": "json", price: "decimal" };
    const { rows } = written(
      [{ j: { a: 1 }, x_raw: [1], t: { a: 1 }, price: 0.1 }],
      { columns: { j: { data_type: "json" }, t: { data_type: "text" } } },
      stored,
    );
    expect(rows("r")).toEqual([{ j: '{"a":1}', x_raw: "[1]", price: "0.1", t__a: 1 }]);
  });

  it("survives documents nested 100,000 levels deep", () => {
    let lists: unknown = 1;
    let objects: unknown = 1;
    for (let level = 0; level < 100_000; level++) {
      lists = [lists];
      objects = { a: objects };
    }
    const { lines, rows } = written([{ lists, objects }]);
    expect(lines.size).toBe(501);
    expect(Object.values(Object(rows("r")[0]))).toEqual([expect.stringMatching(/^\{"a":\{"a":/)]);
  });

  it("takes values that only user code can make", () => {
    const row = {
      at: new Date(1_700_000_000_123),
      bytes: new Uint8Array([1, 2, 3]),
      map: new Map([["k", 1]]),
      set: new Set(["s"]),
      url: new URL("https://a.b/"),
      none: undefined,
      run: () => 1,
      bad: new Date(Number.NaN),
    };
    const { rows, codes } = written([row]);
    expect([rows("r"), rows("r__set"), codes()]).toEqual([
      [{ at: "2023-11-14T22:13:20.123000Z", bytes: "AQID", map__k: 1, url: "https://a.b/" }],
      [{ value: "s" }],
      ["value-replaced"],
    ]);
  });
});

describe("row ids", () => {
  it("are random, 14 characters of base64, unless the row brings its own", () => {
    const { lines } = written([{ a: [1] }, { a: [1] }, { _dlt_id: 'own"id' }]);
    const ids = [...(lines.get("r") ?? []), ...(lines.get("r__a") ?? [])].map((line) =>
      String(JSON.parse(line)._dlt_id),
    );
    expect(new Set(ids).size).toBe(5);
    for (const id of ids.filter((id) => id !== 'own"id'))
      expect(Buffer.from(id, "base64").toString("base64")).toBe(`${id}==`);
    expect(ids).toContain('own"id');
  });

  it.each([
    [
      "ups",
      { writeDisposition: { disposition: "merge", strategy: "upsert" }, primaryKey: ["id", "b"] },
      { id: 1, b: "x", k: [1], n: 3 },
      "NERjR2NVtHIbDA",
      "r7S/MD7HADGTVw",
    ],
    [
      "hist",
      { writeDisposition: { disposition: "merge", strategy: "scd2" } },
      { id: 1, a: "x", k: [1] },
      "GHjxIs30QDWjPA",
      "Q2f24i5TfJFjkg",
    ],
  ] as const)("of upsert and scd2 (%s) follow from the row as in dlt", (name, hints, row, id, nestedId) => {
    const made = bench();
    made.normalizer.declareResource(name, hints);
    made.normalizer.writePage(name, [row]);
    expect(JSON.parse(made.lines.get(name)?.[0] ?? "{}")._dlt_id).toBe(id);
    expect(JSON.parse(made.lines.get(`${name}__k`)?.[0] ?? "{}")._dlt_id).toBe(nestedId);
  });

  it("of the root are in nested rows of merged tables, or on demand", () => {
    const merged = written([{ id: 1, a: [{ b: [1] }] }], { writeDisposition: "merge", primaryKey: "id" });
    const root = JSON.parse(merged.lines.get("r")?.[0] ?? "{}")._dlt_id;
    expect(JSON.parse(merged.lines.get("r__a__b")?.[0] ?? "{}")._dlt_root_id).toBe(root);
    expect(merged.schema.tables["r__a"]?.columns["_dlt_root_id"]).toMatchObject({ root_key: true, nullable: false });
    const demanded = bench({}, undefined, { rootKey: true });
    demanded.normalizer.writePage("r", [{ a: [1] }]);
    expect(demanded.lines.get("r__a")?.[0]).toContain("_dlt_root_id");
    expect(written([{ a: [1] }]).lines.get("r__a")?.[0]).not.toContain("_dlt_root_id");
  });

  it("and links in the data do not replace ours", () => {
    const { lines, types, codes } = written([
      { _dlt_load_id: "x", _dlt_parent_id: "p", k: [{ _dlt_parent_id: "p", _dlt_list_idx: 7, v: 1 }] },
      {},
      { _dlt_load_id: null },
    ]);
    expect(JSON.parse(lines.get("r__k")?.[0] ?? "{}")).toMatchObject({ _dlt_list_idx: 0, v: 1 });
    expect(lines.get("r")?.[0]).not.toContain("_dlt_load_id");
    expect([types("r__k"), codes()]).toEqual([{ v: "bigint" }, ["system-column", "system-column", "system-column"]]);
  });
});

describe("types", () => {
  it("follow dlt's recorded table, with integers widened in place", () => {
    const rows = [
      {
        id: 1,
        a: 1,
        b: true,
        c: 1.5,
        d: "2024-03-01T10:00:00Z",
        e: "2024-03-01",
        f: "text",
        g: null,
        h: 9007199254740993n,
        i: "10:11:12",
      },
      {
        id: 2,
        a: 2.5,
        b: "yes",
        c: 2,
        d: "not a date",
        e: "2024-03-02T00:00:00+02:00",
        f: 12,
        g: null,
        h: 9223372036854775807n,
        i: "x",
      },
      {
        id: 3,
        a: "three",
        b: false,
        c: "3.5",
        d: "2024-03-01T10:00:00.123456Z",
        e: null,
        f: true,
        g: null,
        h: 5,
        i: null,
      },
      { id: 4, a: 4, b: 1, c: -0, d: null, e: "2024-03-03", f: "", g: null, h: -1, i: "23:59:59" },
    ];
    const { types, lines } = written(rows);
    expect(types("r")).toEqual({
      id: "bigint",
      a: "double",
      b: "bool",
      c: "double",
      d: "timestamp",
      e: "text",
      f: "text",
      g: "text?",
      h: "bigint",
      i: "text",
      d__v_text: "text",
      a__v_text: "text",
    });
    expect(lines.get("r")?.map((line) => line.replace(/,"_dlt_id".*/, ""))).toEqual([
      '{"id":1,"a":1,"b":true,"c":1.5,"d":"2024-03-01T10:00:00Z","e":"2024-03-01","f":"text","h":9007199254740993,"i":"10:11:12"',
      '{"id":2,"a":2.5,"b":true,"c":2,"e":"2024-03-02T00:00:00+02:00","f":"12","h":9223372036854775807,"i":"x","d__v_text":"not a date"',
      '{"id":3,"b":false,"c":3.5,"d":"2024-03-01T10:00:00.123456Z","f":"True","h":5,"a__v_text":"three"',
      '{"id":4,"a":4,"b":true,"c":0,"e":"2024-03-03","f":"","h":-1,"i":"23:59:59"',
    ]);
  });

  it("say when a conversion loses how a value was written", () => {
    const { rows, warnings } = written([{ zip: 10001 }, { zip: "02134" }, { zip: "501" }, { zip: " 7" }]);
    expect(rows("r")).toEqual([{ zip: 10001 }, { zip: 2134 }, { zip: 501 }, { zip: 7 }]);
    expect(warnings.list()).toMatchObject([{ code: "value-converted", table: "r", column: "zip", count: 2 }]);
  });

  it("hold every integer exactly: bigint, decimal(38, 0), text", () => {
    const { types, lines, schema } = written([
      { a: 1 },
      { a: 12345678901234567890n },
      { a: 10n ** 40n },
      { a: 1.5 },
      { b: 10n ** 40n },
      { c: 2n ** 63n },
    ]);
    expect(types("r")).toEqual({ a: "decimal", a__v_text: "text", a__v_double: "double", b: "text", c: "decimal" });
    expect(schema.tables["r"]?.columns["a"]).toMatchObject({ precision: 38, scale: 0 });
    expect(
      lines
        .get("r")
        ?.slice(0, 4)
        .map((line) => line.split(",")[0]),
    ).toEqual(['{"a":1', '{"a":"12345678901234567890"', `{"a__v_text":"${10n ** 40n}"`, '{"a__v_double":1.5']);
  });

  it("do not round an integer into a double column", () => {
    const { types, lines } = written([{ a: 1.5 }, { a: 2 }, { a: 9007199254740993n }]);
    expect(types("r")).toEqual({ a: "double", a__v_bigint: "bigint" });
    expect(lines.get("r")?.[2]).toContain('"a__v_bigint":9007199254740993');
  });

  it("are widened only while all integers are exact as double", () => {
    expect(written([{ a: 2n ** 60n }, { a: 1.5 }]).types("r")).toEqual({ a: "double" });
    expect(written([{ a: 9007199254740993n }, { a: 1.5 }]).types("r")).toEqual({ a: "bigint", a__v_double: "double" });
    expect(written([{ a: 1 }, { a: "9007199254740993" }, { a: 1.5 }]).types("r")).toEqual({
      a: "bigint",
      a__v_double: "double",
    });
  });

  it.each([
    [true, { a: "double" }],
    [false, { a: "bigint", a__v_double: "double" }],
  ])("of loaded columns are widened by the destination's word: %s", (exact, expected) => {
    const { normalizer, types } = bench({}, after([{ a: 1 }]));
    expect(() => normalizer.writePage("r", [{ a: 2 }, { a: 1.5 }])).toThrow(ExactnessUnknown);
    normalizer.setExactness("r", "a", exact);
    expect(normalizer.writePage("r", [{ a: 2 }, { a: 1.5 }]).rows).toEqual({ r: 2 });
    expect(types("r")).toEqual(expected);
  });

  it("that were declared are not widened", () => {
    const { types, rows } = written([{ a: 1.5, n: 3 }], {
      columns: { a: { data_type: "bigint" }, n: { data_type: "decimal", precision: 10, scale: 2 } },
    });
    expect(types("r")).toEqual({ a: "bigint", n: "decimal", a__v_double: "double" });
    expect(rows("r")).toEqual([{ a__v_double: 1.5, n: "3" }]);
  });

  it.each<[string, ResourceHints, unknown, string, string]>([
    ["text", { primaryKey: "id" }, "abc", '"abc" of type text', "bigint"],
    ["a fraction", { primaryKey: "id", columns: { id: { data_type: "bigint" } } }, 1.5, "1.5 of type double", "bigint"],
    ["text in a merge key", { mergeKey: "id" }, "abc", '"abc" of type text', "bigint"],
    ["text in a declared column", { columns: { id: { nullable: false } } }, "abc", '"abc" of type text', "bigint"],
    [
      "a value that the contract discards",
      { primaryKey: "id", schemaContract: { dataType: "discard_value" } },
      "abc",
      '"abc" of type text',
      "bigint",
    ],
  ])("of a required column do not change to a variant: %s", (_, hints, value, said, type) => {
    const run = (): unknown => written([{ id: 1 }, { id: value }], hints);
    expect(run).toThrow(MissingValueError);
    expect(run).toThrow(`may not be null, but the value ${said} does not fit its type ${type} (row 1)`);
    expect(run).toThrow('declare columns: { id: { data_type: "text" } }');
    expect(run).not.toThrow("loaded afresh");
  });

  it("of a key are widened like others, and say when a table has to be loaded afresh", () => {
    expect(written([{ id: 1 }, { id: 1.5 }], { primaryKey: "id" }).types("r")).toEqual({ id: "double" });
    const hints = { primaryKey: "id" };
    expect(() => written([{ id: "abc" }], hints, after([{ id: 1 }], hints))).toThrow(
      /does not fit its type bigint.*a table that holds data has to be loaded afresh/s,
    );
  });

  it("that were declared too late are reported", () => {
    const { types, codes } = written([{ a: 2 }], { columns: { a: { data_type: "text" } } }, after([{ a: 1 }]));
    expect([types("r"), codes()]).toEqual([{ a: "bigint" }, ["type-hint-ignored"]]);
  });

  it("report NaN and unstorable characters with their number", () => {
    const { rows, warnings } = written([{ s: "a\0b" }, { s: "lone \ud800 surrogate", n: Number.NaN }, { n: 1 }]);
    expect(rows("r")).toEqual([{ s: "a\ufffdb" }, { s: "lone \ufffd surrogate" }, { n: 1 }]);
    expect(warnings.list()).toMatchObject([
      { code: "value-replaced", resource: "r", table: "r", column: "s", count: 2 },
      { code: "non-finite-number", column: "n", count: 1 },
    ]);
  });
});

describe("nulls", () => {
  it("make a text column that takes the type of the first value in place", () => {
    const { types, schema } = written([
      { a: null, b: null, c: null },
      { a: 5, b: "2024-01-01T00:00:00Z" },
    ]);
    expect(types("r")).toEqual({ a: "bigint", b: "timestamp", c: "text?" });
    expect(Object.keys(schema.tables["r"]?.columns ?? {}).slice(0, 3)).toEqual(["a", "b", "c"]);
    const next = written([{ c: 1.5 }], {}, schema.toStored());
    expect(next.types("r")).toEqual({ a: "bigint", b: "timestamp", c: "double" });
  });

  it("make no column for keys that hold objects or lists, whatever comes first", () => {
    const rows = [
      { o: null, l: null },
      { o: { x: 1 }, l: [1] },
    ];
    for (const order of [rows, rows.toReversed()]) expect(written(order).types("r")).toEqual({ o__x: "bigint" });
    expect(written([{ o: null, l: null }], {}, after([{ o: { x: 1 }, l: [1] }])).types("r")).toEqual({
      o__x: "bigint",
    });
  });

  it("keep a null column that the destination has", () => {
    expect(written([{ o: { x: 1 } }], {}, after([{ o: null }])).types("r")).toEqual({ o: "text?", o__x: "bigint" });
  });

  it.each([[[{ id: 1 }, { id: null }]], [[{ id: 1 }, { other: 1 }]]])(
    "in a key are an error with its place",
    (rows) => {
      const write = (): unknown => written(rows, { primaryKey: "id" });
      expect(write).toThrow(MissingValueError);
      expect(write).toThrow(/Column "id" of table "r" may not be null.*row 1/);
    },
  );
});

describe("names", () => {
  it("that collide in a row keep both values, in later rows and runs alike", () => {
    const first = written([
      { id: 1, userId: 1, user_id: 2, UserID: 3 },
      { UserID: 4, user_id: 5 },
    ]);
    expect(first.rows("r")).toEqual([
      { id: 1, user_id: 1, user_id_2: 2, user_id_3: 3 },
      { user_id_3: 4, user_id_2: 5 },
    ]);
    expect(first.codes()).toEqual(["name-collision", "name-collision"]);
    const second = written([{ UserID: 6, user_id: 7, userId: 8 }], {}, first.schema.toStored());
    expect(second.rows("r")).toEqual([{ user_id_3: 6, user_id_2: 7, user_id: 8 }]);
  });

  it("that are spelled differently in different rows are one column, as in dlt", () => {
    const { rows, codes } = written([{ userId: 1 }, { user_id: 2 }]);
    expect([rows("r"), codes()]).toEqual([[{ user_id: 1 }, { user_id: 2 }], []]);
  });

  it("that collide between keys and paths keep both", () => {
    expect(written([{ a__b: 1, a: { b: 2 } }]).rows("r")).toEqual([{ a__b: 1, a__b_2: 2 }]);
  });

  it("of lists that collide make two tables", () => {
    const first = written([{ tagList: [1], tag_list: [2, 3] }, { tag_list: [4] }]);
    expect([first.rows("r__tag_list"), first.rows("r__tag_list_2")]).toEqual([
      [{ value: 1 }],
      [{ value: 2 }, { value: 3 }, { value: 4 }],
    ]);
    const second = written([{ tag_list: [5], tagList: [6] }], {}, first.schema.toStored());
    expect([second.rows("r__tag_list"), second.rows("r__tag_list_2")]).toEqual([[{ value: 6 }], [{ value: 5 }]]);
  });

  it("that are empty or hostile are names", () => {
    const row: unknown = JSON.parse(
      '{"":1,"  ":2,"a.b":3,"_dlt_x":5,"1":6,"a__b":7,"__c":8,"d__":9,"__proto__":{"x":1},"constructor":2}',
    );
    expect(written([row]).rows("r")).toEqual([
      { _1: 6, _empty: 1, _empty_2: 2, a_b: 3, a__b: 7, c: 8, d: 9, proto__x: 1, constructor: 2 },
    ]);
  });

  it("of tables may come from the rows", () => {
    const { normalizer, rows } = bench({ tableName: (row) => `Event-${String(row["kind"])}` });
    normalizer.writePage("r", [{ kind: "a", l: [1] }, { kind: "b" }, { kind: "a" }]);
    expect([rows("event_a"), rows("event_b")]).toEqual([[{ kind: "a" }, { kind: "a" }], [{ kind: "b" }]]);
    expect(normalizer.tablesOf("r")).toEqual(["event_a", "event_a__l", "event_b"]);
    expect(() => bench({ tableName: () => "" }).normalizer.writePage("r", [{}])).toThrow(/returned no name/);
  });

  it("of tables that are taken are refused", () => {
    expect(() => written([{}], { tableName: "_dlt_loads" })).toThrow(/a system table/);
    expect(() => written([{}], { tableName: "r__items" }, after([{ items: [1] }]))).toThrow(/nested rows of "r"/);
    expect(() => written([{}], { tableName: "__" })).toThrow(/cannot name a table/);
  });
});

describe("hints", () => {
  it("give keys, types and nested tables, in camelCase or snake_case", () => {
    const { schema, rows } = written([{ Id: 1, note: "x", items: [{ sku: 5, at: "2024-01-02" }] }], {
      primaryKey: "Id",
      columns: [{ name: "Note", description: "free text", data_type: "text" }],
      nestedHints: { Items: { columns: { sku: { data_type: "text" }, at: { data_type: "date" } } } },
    });
    expect(schema.tables["r"]?.columns).toMatchObject({
      id: { primary_key: true, nullable: false, data_type: "bigint" },
      note: { description: "free text" },
    });
    expect(rows("r__items")).toEqual([{ sku: "5", at: "2024-01-02" }]);
    const camel: Record<string, object> = { n: { dataType: "decimal", precision: 5, scale: 1 } };
    expect(written([{ n: 1 }], { columns: camel }).schema.tables["r"]?.columns["n"]).toEqual({
      name: "n",
      data_type: "decimal",
      precision: 5,
      scale: 1,
    });
  });

  it("of scd2 put the validity columns first", () => {
    const { schema } = written([{ id: 1 }], {
      writeDisposition: { disposition: "merge", strategy: "scd2", boundaryTimestamp: "2024-01-01T00:00:00Z" },
    });
    expect(Object.keys(schema.tables["r"]?.columns ?? {})).toEqual([
      "_dlt_valid_from",
      "_dlt_valid_to",
      "id",
      "_dlt_load_id",
      "_dlt_id",
    ]);
    expect(schema.tables["r"]).toMatchObject({
      "x-merge-strategy": "scd2",
      "x-boundary-timestamp": "2024-01-01T00:00:00Z",
    });
    expect(schema.tables["r"]?.columns["_dlt_id"]).toEqual({
      name: "_dlt_id",
      data_type: "text",
      nullable: false,
      unique: false,
      row_key: false,
      "x-row-version": true,
    });
  });

  it("without a disposition append, and a new disposition forgets the old strategy", () => {
    const upsert = { writeDisposition: { disposition: "merge", strategy: "upsert" }, primaryKey: "id" } as const;
    expect(bench({ writeDisposition: "merge" }, after([{ id: 1 }], upsert)).schema.tables["r"]).not.toHaveProperty(
      "x-merge-strategy",
    );
    expect(bench({}, after([{ id: 1 }], upsert)).schema.tables["r"]?.write_disposition).toBe("append");
  });

  it("of a resource without rows leave no trace", () => {
    expect(Object.keys(bench({ primaryKey: "id" }).schema.tables)).toEqual(["_dlt_version", "_dlt_loads"]);
  });
});

describe("schema contract", () => {
  const before = (): StoredSchema => after([{ id: 1, v: 1, kids: [{ k: 1 }] }]);
  const page = [
    { id: 1, v: 2 },
    { id: 2, extra: 1, kids: [{ k: 1 }] },
    { id: 3, v: "text" },
    { id: 4, fresh: [1, 2] },
  ];

  it.each([
    ["columns", { columns: "discard_row" }, { r: 3, r__fresh: 2 }, { r: 1 }, {}],
    ["columns", { columns: "discard_value" }, { r: 4, r__kids: 1, r__fresh: 2 }, {}, { r: 1 }],
    ["data_type", { dataType: "discard_row" }, { r: 3, r__kids: 1, r__fresh: 2 }, { r: 1 }, {}],
    ["data_type", { dataType: "discard_value" }, { r: 4, r__kids: 1, r__fresh: 2 }, {}, { r: 1 }],
    ["tables", { tables: "discard_row" }, { r: 4, r__kids: 1 }, { r__fresh: 2 }, {}],
    ["tables", { tables: "discard_value" }, { r: 4, r__kids: 1 }, { r__fresh: 2 }, {}],
  ] as const)("%s %j drops and counts", (_entity, schemaContract, rows, discardedRows, discardedValues) => {
    const { normalizer } = bench({ schemaContract }, before());
    expect(normalizer.writePage("r", page)).toEqual({ rows, discardedRows, discardedValues });
  });

  it.each([
    [{ columns: "freeze" }, /freezes `columns`: column "extra" of table "r" would be new. Value: 1 \(row 1\)/],
    [
      { dataType: "freeze" },
      /freezes `data_type`: a value does not fit column "v" of table "r". Value: "text" \(row 2\)/,
    ],
    [{ tables: "freeze" }, /freezes `tables`: table "r__fresh" would be new/],
    ["freeze", /freezes `columns`/],
  ] as const)("%j raises with the place and the value", (schemaContract, message) => {
    const { normalizer } = bench({ schemaContract }, before());
    expect(() => normalizer.writePage("r", page)).toThrow(ContractViolationError);
    expect(() => normalizer.writePage("r", page)).toThrow(message);
  });

  it("lets a new table have its columns, not its variants", () => {
    expect(written([{ a: 1 }, { b: 1 }], { schemaContract: { columns: "freeze" } }).types("r")).toEqual({
      a: "bigint",
      b: "bigint",
    });
    expect(() => written([{ a: 1 }, { a: "x" }], { schemaContract: { dataType: "freeze" } })).toThrow(/data_type/);
  });

  it("of the source holds for new root tables", () => {
    const frozen = bench({}, before(), { schemaContract: "freeze" });
    frozen.normalizer.declareResource("other", {});
    expect(() => frozen.normalizer.writePage("other", [{}])).toThrow(/table "other" would be new/);
    const discarding = bench({}, before(), { schemaContract: "discard_row" });
    expect(discarding.normalizer.writePage("other", [{ a: 1 }, { a: 2 }])).toEqual({
      rows: {},
      discardedRows: { other: 2 },
      discardedValues: {},
    });
    expect(discarding.schema.tables["other"]).toBeUndefined();
  });

  it("makes no column of nulls and takes no first value where columns are closed", () => {
    const stored = after([{ id: 1, n: null }]);
    const closed = bench({ schemaContract: { columns: "discard_value" } }, stored);
    expect(closed.normalizer.writePage("r", [{ id: 2, n: 5, m: null }]).discardedValues).toEqual({ r: 1 });
    expect(closed.types("r")).toEqual({ id: "bigint", n: "text?" });
  });
});

describe("a resumed run", () => {
  it("goes on as if nothing had happened", () => {
    const pages = [
      [{ a: 1, n: null, userId: 1, user_id: 2 }, { a: 9007199254740993n }],
      [{ a: 1.5, n: 2.5, user_id: 3, l: [{ x: 1 }] }],
    ] as const;
    const stored = after([{ id: 1 }]);
    const whole = bench({ primaryKey: [] }, stored);
    const resumed = bench({ primaryKey: [] }, stored);
    whole.normalizer.writePage("r", pages[0]);
    const journal = whole.schema.takeChanges();
    whole.normalizer.writePage("r", pages[1]);
    if (journal !== undefined) resumed.schema.applyChanges(journal);
    resumed.normalizer.writePage("r", pages[1]);
    expect(resumed.schema.toStored()).toEqual(whole.schema.toStored());
    expect(resumed.rows("r")).toEqual(whole.rows("r").slice(2));
  });

  it("forgets the counts of a page that failed", () => {
    const { normalizer } = bench({ primaryKey: "id" });
    expect(() => normalizer.writePage("r", [{ id: 1 }, {}])).toThrow(MissingValueError);
    expect(normalizer.writePage("r", [{ id: 1 }]).rows).toEqual({ r: 1 });
  });
});

const KEYS = ["a", "b", "c"] as const;
/** Text that no detector takes and every database stores. */
const text = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((value) => !/[\0\p{Cs}]/u.test(value) && !/^\d{4}/.test(value));
const scalar = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  text,
  fc.constant(null),
);
/** Documents of depth up to 4 with clashing keys and every kind of value. */
const { document } = fc.letrec<{ value: unknown; document: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, tie("document"), fc.array(tie("value"), { maxLength: 3 })),
  document: fc.dictionary(
    fc.oneof(fc.constantFrom(...KEYS, "userId", "user_id", "A", ""), fc.string({ maxLength: 4 })),
    tie("value"),
    { maxKeys: 5 },
  ),
}));
const pages = fc.array(fc.array(document, { maxLength: 4 }), { maxLength: 4 });

describe("any documents", () => {
  it("become rows whose columns the schema has, each once, with parents that exist", () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 6 }), (documents) => {
        const { lines, schema } = written(documents);
        for (const [table, rows] of lines) {
          const { parent, columns = {} } = schema.tables[table] ?? {};
          const parents = new Set((lines.get(parent ?? "") ?? []).map((line) => JSON.parse(line)._dlt_id));
          for (const line of rows) {
            expect(line).not.toContain("\n");
            const row: Record<string, unknown> = JSON.parse(line);
            for (const key of Object.keys(row)) expect(columns[key]?.data_type).toBeDefined();
            expect(line.match(/"_dlt_id":/g)).toHaveLength(1);
            if (parent !== undefined) expect(parents.has(row["_dlt_parent_id"])).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("give the same schema when the recorded changes are replayed", () => {
    fc.assert(
      fc.property(pages, (written) => {
        const { normalizer, schema } = bench();
        const replayed = Schema.create("api");
        for (const page of written) {
          normalizer.writePage("r", page);
          const changes = schema.takeChanges();
          if (changes !== undefined) replayed.applyChanges(JSON.parse(JSON.stringify(changes)));
        }
        expect(replayed.toStored()).toEqual(schema.toStored());
      }),
      { numRuns: 100 },
    );
  });

  it("of the next run find their columns again", () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 5 }), (documents) => {
        const first = written(documents);
        const settled = first.schema.toStored();
        const second = bench({}, settled);
        second.normalizer.writePage("r", documents.toReversed());
        const third = written(documents, {}, second.schema.toStored());
        expect(third.schema.toStored().version_hash).toBe(second.schema.toStored().version_hash);
      }),
      { numRuns: 100 },
    );
  });
});

describe("flat rows", () => {
  const flat = fc.record(Object.fromEntries(KEYS.map((key) => [key, scalar])));

  it("come back from their lines with the same values", () => {
    const columns = fc.record({
      a: fc.maxSafeInteger(),
      b: fc.option(text, { nil: null }),
      c: fc.boolean(),
      d: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0.5),
    });
    fc.assert(
      fc.property(fc.array(columns), (rows) => {
        const expected = rows.map((row) =>
          Object.fromEntries(
            Object.entries(row)
              .filter(([, value]) => value !== null)
              .map(([key, value]) => [key, Object.is(value, -0) ? 0 : value]),
          ),
        );
        expect(written(rows).rows("r")).toEqual(expected);
      }),
    );
  });

  it("of numbers and nulls have the same types in every order", () => {
    const numbers = fc.record(
      Object.fromEntries(
        KEYS.map((key) => [
          key,
          fc.oneof(
            fc.maxSafeInteger(),
            fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
            fc.constant(null),
          ),
        ]),
      ),
    );
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 6 }), (rows) => {
        expect(written(rows.toReversed()).types("r")).toEqual(written(rows).types("r"));
      }),
    );
  });

  it("lose no value, whatever types meet in a column", () => {
    fc.assert(
      fc.property(fc.array(flat, { maxLength: 8 }), (rows) => {
        const stored = written(rows).rows("r");
        for (const [at, row] of rows.entries()) {
          const values = Object.values(row).filter((value) => value !== null);
          expect(Object.keys(Object(stored[at]))).toHaveLength(values.length);
        }
      }),
    );
  });
});
