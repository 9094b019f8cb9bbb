import { describe, expect, it } from "vitest";
import { compareRequests } from "./compare-requests.js";
import { compareTables } from "./compare-tables.js";
import { materialise, readCases, type RecordedTable } from "./conformance-case.js";

type Tables = Record<string, RecordedTable>;

/** A recording and what sluice may read back for it: other ids, other widths, drivers' values, a null-only column. */
const expected: Tables = {
  issues: {
    columns: {
      id: "BIGINT",
      score: "BIGINT",
      score__v_double: "DOUBLE",
      at: "TIMESTAMP WITH TIME ZONE",
      meta: "JSON",
      a: "BIGINT",
      a__v_text: "VARCHAR",
      _dlt_id: "VARCHAR",
    },
    rows: [
      { id: "1", score: "2", at: "2024-01-01 10:00:00+00", meta: '{"b": 1, "a": [2]}', a: "7" },
      { id: "2", score__v_double: 0.5, at: "2024-01-01 10:00:00.25+00", a__v_text: "x" },
      { id: "2", score__v_double: 0.5, at: "2024-01-01 10:00:00.25+00", a__v_text: "x" },
    ],
  },
  issues__labels: {
    columns: { value: "VARCHAR", _dlt_parent_id: "VARCHAR", _dlt_list_idx: "BIGINT", _dlt_id: "VARCHAR" },
    rows: [{ value: "l", _dlt_list_idx: "0", "@parent": "0ccda994e4f4" }],
  },
};

function actual(
  change: (rows: Record<string, unknown>[], labels: Record<string, unknown>[]) => void = () => undefined,
): Tables {
  const rows: Record<string, unknown>[] = [
    {
      id: 2n,
      score: 0.5,
      at: "2024-01-01T10:00:00.250Z",
      meta: null,
      a: null,
      a__v_text: "x",
      _dlt_id: "i2",
      nothing: null,
    },
    {
      id: 1n,
      score: 2,
      at: "2024-01-01T10:00:00Z",
      meta: '{"a":[2],"b":1}',
      a: 7n,
      a__v_text: null,
      _dlt_id: "i1",
      nothing: null,
    },
    {
      id: 2n,
      score: 0.5,
      at: "2024-01-01T12:00:00.25+02:00",
      meta: null,
      a: null,
      a__v_text: "x",
      _dlt_id: "i3",
      nothing: null,
    },
  ];
  const labels: Record<string, unknown>[] = [{ value: "l", _dlt_list_idx: 0n, _dlt_parent_id: "i2", _dlt_id: "l1" }];
  change(rows, labels);
  return {
    issues: {
      columns: {
        id: "HUGEINT",
        score: "DOUBLE",
        at: "TIMESTAMP WITH TIME ZONE",
        meta: "JSON",
        a: "BIGINT",
        a__v_text: "VARCHAR",
        nothing: "VARCHAR",
        _dlt_id: "VARCHAR",
      },
      rows,
    },
    issues__labels: { columns: expected["issues__labels"]?.columns ?? {}, rows: labels },
  };
}

describe("compareTables", () => {
  it("finds the same data in another form equal", () => {
    expect(compareTables(expected, actual())).toEqual([]);
    expect(compareTables(expected, expected)).toEqual([]);
  });

  it.each<[string, (rows: Record<string, unknown>[], labels: Record<string, unknown>[]) => void, RegExp]>([
    [
      "a changed value",
      (rows) => void Object.assign(rows[0] ?? {}, { a__v_text: "y" }),
      /1 are missing, 1 are not expected[\s\S]*missing: .*"x"[\s\S]*not expected: .*"y"/,
    ],
    [
      "a duplicate",
      (rows) => void rows.push({ ...rows[0] }),
      /expected 3 rows, found 4; 0 are missing, 1 are not expected/,
    ],
    ["a lost row", (rows) => void rows.shift(), /expected 3 rows, found 2; 1 are missing/],
    [
      "a number that is nearly the same",
      (rows) => void Object.assign(rows[1] ?? {}, { score: 2.000001 }),
      /"score":"2.000001"/,
    ],
    [
      "an orphan",
      (_, labels) => void Object.assign(labels[0] ?? {}, { _dlt_parent_id: "nobody" }),
      /table issues__labels: [\s\S]*ORPHAN/,
    ],
  ])("notices %s", (_, change, message) => {
    expect(compareTables(expected, actual(change)).join("\n")).toMatch(message);
  });

  it("notices tables, columns and types", () => {
    const found = actual();
    delete found["issues__labels"];
    found["other"] = { columns: {}, rows: [] };
    found["issues"] = {
      columns: { ...found["issues"]?.columns, id: "VARCHAR" },
      rows: (found["issues"]?.rows ?? []).map((row) => ({ ...row, a: null })),
    };
    expect(compareTables(expected, found)).toEqual(
      expect.arrayContaining([
        "table issues, column id: expected number, found varchar",
        "table issues, column a: expected number, found none",
        "table issues__labels: missing (1 rows)",
        "table other: not expected (0 rows)",
      ]),
    );
  });
});

describe("compareRequests", () => {
  it("takes order, blanks and JSON spacing as free", () => {
    const wanted = [{ method: "GET", url: "/a?q=x%20y" }, { method: "POST", url: "/b", body: '{"b": 1, "a": 2}' }]; // prettier-ignore
    const found = [{ method: "POST", url: "/b", body: '{"a":2,"b":1}' }, { method: "GET", url: "/a?q=x+y" }]; // prettier-ignore
    expect(compareRequests(1, wanted, found)).toEqual([]);
  });

  it("counts requests and looks at headers", () => {
    const once = { method: "GET", url: "/a", headers: { authorization: "Bearer t" } };
    expect(compareRequests(2, [once], [once, once])).toEqual([
      'step 2: request not expected: GET /a {"authorization":"Bearer t"}',
    ]);
    expect(compareRequests(2, [once], [{ method: "GET", url: "/a" }])).toHaveLength(2);
  });
});

describe("the cases", () => {
  it("are all there, and each expects what the comparison calls equal to itself", () => {
    const cases = readCases();
    expect(cases.length).toBeGreaterThanOrEqual(49);
    for (const { expected: recorded } of cases) expect(compareTables(recorded.tables, recorded.tables)).toEqual([]);
  });

  it("get the address and their functions", () => {
    const made = materialise(
      { client: { base_url: "BASE/" }, steps: [{ filter: { $fn: "active" } }], n: [1, null] },
      "http://h/v2",
    );
    expect(made).toMatchObject({
      client: { base_url: "http://h/v2/" },
      steps: [{ filter: expect.any(Function) as unknown }],
      n: [1, null],
    });
    expect(() => materialise({ $fn: "unknown" }, "")).toThrowError(/unknown/);
  });
});
