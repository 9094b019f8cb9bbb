import type { HostileCase } from "../hostile-case.js";

const FIRST = [{ id: 1 }, { id: 2 }] as const;
const page2 = (rows: string) => `{"data":[${rows}],"next":null}`;

/** Valid JSON that breaks those who trust it. */
export const VALUES: readonly HostileCase[] = [
  {
    name: "nests lists 100,000 levels deep",
    outcome: "an error at once: 1,000 levels are read",
    attack: ({ send }) => send(page2(`{"id":3,"deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 1, says: ["more than 1000 levels deep"] },
  },
  {
    name: "nests objects 100,000 levels deep, beside a number of 20 digits",
    outcome: "an error at once",
    attack: ({ send }) =>
      send(page2(`{"id":3,"n":12345678901234567890,"deep":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`)),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 1, says: ["more than 1000 levels deep"] },
  },
  {
    name: "sends a row with 20,000 keys, or with a million",
    outcome: "an error: a table gets 10,000 columns at most",
    attack: ({ send }) => send(page2(`{"id":3,${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(",")}}`)),
    ends: { code: "SLUICE_TABLE_LIMIT", says: ['Table "items" would get more than 10,000 columns', "map step"] },
  },
  {
    name: "sends rows with ever new names of empty objects",
    outcome: "an error: 100,000 different keys are known per table",
    attack: ({ send }) => send(page2(Array.from({ length: 110_000 }, (_, i) => `{"id":3,"k${i}":{}}`).join(","))),
    ends: { code: "SLUICE_TABLE_LIMIT", says: ["more than 100,000 different keys", "map step"] },
  },
  {
    name: "sends a row with 50,000 lists of different names",
    outcome: "an error: a resource gets 1,000 tables at most",
    attack: ({ send }) => send(page2(`{"id":3,${Array.from({ length: 50_000 }, (_, i) => `"k${i}":[1]`).join(",")}}`)),
    ends: { code: "SLUICE_TABLE_LIMIT", says: ["more than 1,000 tables", "map step"] },
  },
  {
    name: "repeats a key in an object",
    outcome: "the last one counts, as with every JSON parser",
    attack: ({ send }) => send(page2('{"id":9,"id":3},{"id":4,"a":{"b":1},"a":{"c":12345678901234567890}}')),
    ends: {
      rows: { items: [...FIRST, { id: 3 }, { id: 4, a__c: 12345678901234567890n }] },
    },
  },
  {
    name: "names keys `__proto__`, `constructor`, `toString`",
    outcome: "columns and tables like any others",
    attack: ({ send }) =>
      send(
        page2(
          '{"id":3,"__proto__":{"polluted":1},"constructor":"c","toString":"t","hasOwnProperty":1},' +
            '{"id":4,"constructor":{"prototype":{"polluted":2}},"valueOf":[{"__proto__":1}],"big":12345678901234567890}',
        ),
      ),
    ends: {
      rows: {
        items: [
          ...FIRST,
          { id: 3, proto__polluted: 1, constructor: "c", to_string: "t", has_own_property: 1 },
          { id: 4, constructor__prototype__polluted: 2, big: 12345678901234567890n },
        ],
        items__value_of: [{ proto: 1 }],
      },
    },
  },
  {
    name: "sends U+0000 and lone surrogates, in values and in keys",
    outcome: "they become U+FFFD, counted in the warning `value-replaced`",
    attack: ({ send }) => send(page2('{"id":3,"name":"a\\u0000b\\ud800"},{"id":4,"k\\u0000ey\\udc00":"ok"}')),
    ends: {
      rows: { items: [...FIRST, { id: 3, name: "a\ufffdb\ufffd" }, { id: 4, k_eyx: "ok" }] },
      warnings: ["value-replaced"],
    },
  },
  {
    name: "sends integers beyond 2^53 and beyond 38 digits",
    outcome: "exact: BIGINT, then HUGEINT, then text",
    attack: ({ send }) => send(page2(`{"id":9007199254740993,"n":${"9".repeat(38)}},{"id":4,"m":${"9".repeat(60)}}`)),
    ends: {
      rows: {
        items: [
          ...FIRST,
          { id: 9007199254740993n, n: 99999999999999999999999999999999999999n },
          { id: 4, m: "9".repeat(60) },
        ],
      },
    },
  },
  {
    name: "sends numbers beyond the range of doubles",
    outcome: "kept as text, digit by digit",
    attack: ({ send }) => send(page2('{"id":3,"x":1e400,"y":1.5},{"id":4,"x":-2.5E+999,"y":1e400}')),
    ends: { rows: { items: [...FIRST, { id: 3, x: "1e400", y: 1.5 }, { id: 4, x: "-2.5E+999", y__v_text: "1e400" }] } },
  },
  {
    name: "sends a number of a million digits",
    outcome: "kept as text, digit by digit",
    attack: ({ send }) => send(page2(`{"id":3,"n":${"7".repeat(1_000_000)}},{"id":4}`)),
    ends: { rows: { items: [...FIRST, { id: 3, n: "7".repeat(1_000_000) }, { id: 4 }] } },
  },
  {
    name: "changes the type of a field from row to row",
    outcome: "every value in a column that can hold it",
    attack: ({ send }) =>
      send(page2('{"id":3,"v":1},{"id":"four","v":"text"},{"id":5,"v":true},{"id":6,"v":[1]},{"id":7,"v":{"w":1}}')),
    ends: {
      rows: {
        items: [
          ...FIRST,
          { id: 3, v: 1 },
          { id__v_text: "four", v__v_text: "text" },
          { id: 5, v__v_bool: true },
          { id: 6 },
          { id: 7, v__w: 1 },
        ],
        items__v: [{ value: 1 }],
      },
    },
  },
  {
    name: "mixes rows with nulls, texts and lists",
    outcome: "what is no object becomes `{ value }`; null becomes a row without values",
    attack: ({ send }) => send(page2('{"id":3},null,"text",[1,2],{}')),
    ends: {
      rows: {
        items: [...FIRST, { id: 3 }, {}, { value: "text" }, {}, {}],
        items__value: [{ value: 1 }, { value: 2 }],
      },
    },
  },
];
