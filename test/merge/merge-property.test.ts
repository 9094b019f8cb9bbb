import * as fc from "fast-check";
import { type Pipeline, resource, source } from "sluice";
import { expect, it } from "vitest";
import { pipelineScene } from "../support/pipeline-scene.js";
import { type Doc, type Kid, mergeBatch, type MergeRules, type Version } from "./merge-model.js";

/** One table: how it is merged, and what is loaded into it, batch by batch. */
interface History {
  readonly rules: MergeRules;
  /** Keys are declared by columns that may be null, not by `primaryKey` and `mergeKey`. */
  readonly nullableKeys: boolean;
  readonly batches: readonly (readonly Doc[])[];
}

const BATCHES = 3;
const few = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most });
const kid: fc.Arbitrary<Kid> = fc.record({ k: few(1), tags: fc.array(few(1), { maxLength: 2 }) });
const rules: fc.Arbitrary<MergeRules> = fc
  .record({
    strategy: fc.constantFrom("delete-insert", "upsert", "insert-only", "scd2"),
    primaryKey: fc.constantFrom(["id"], ["id", "part"], []),
    mergeKey: fc.constantFrom([], ["day"], ["day", "part"]),
    dedupSort: fc.constantFrom(undefined, "asc", "desc"),
    hardDelete: fc.boolean(),
    versioned: fc.boolean(),
  } satisfies { [Rule in keyof MergeRules]: fc.Arbitrary<MergeRules[Rule]> })
  .filter(({ strategy, primaryKey, mergeKey }) => {
    if (strategy === "scd2") return true;
    return primaryKey.length > 0 || (strategy === "delete-insert" && mergeKey.length > 0);
  });

const histories: fc.Arbitrary<History> = fc
  .record({ rules, nullableKeys: fc.boolean() })
  .chain(({ rules, nullableKeys }) => {
    const maybeNull = <T>(value: fc.Arbitrary<T>, isNull: boolean): fc.Arbitrary<T | null> =>
      isNull ? fc.option(value, { freq: 4 }) : value;
    const doc: fc.Arbitrary<Doc> = fc.record({
      id: maybeNull(few(3), nullableKeys),
      part: maybeNull(few(1), nullableKeys),
      day: maybeNull(few(2), nullableKeys),
      v: few(1),
      rank: fc.option(few(2)),
      gone: fc.option(fc.boolean()),
      kids: fc.array(kid, { maxLength: 2 }),
    });
    // From a small stock, so that documents come back as they were, and more often with the same key and other content.
    return fc.array(doc, { minLength: 1, maxLength: 7 }).chain((stock) => {
      const batch = fc.array(fc.constantFrom(...stock), { maxLength: 6 });
      return fc.record({
        rules: fc.constant(rules),
        nullableKeys: fc.constant(nullableKeys),
        batches: fc.array(batch, { minLength: BATCHES, maxLength: BATCHES }),
      });
    });
  });

function resourceOf({ rules, nullableKeys, batches }: History, name: string, batch: number) {
  const { strategy, primaryKey, mergeKey, dedupSort, hardDelete, versioned } = rules;
  const keys = Object.fromEntries(
    (["id", "part", "day"] as const).map((field) => [
      field,
      {
        data_type: "bigint" as const,
        ...(nullableKeys && primaryKey.includes(field) ? { primary_key: true } : {}),
        ...(nullableKeys && mergeKey.includes(field) ? { merge_key: true } : {}),
      },
    ]),
  );
  return resource(
    {
      name,
      writeDisposition: {
        disposition: "merge",
        strategy,
        ...(strategy === "scd2" && versioned ? { rowVersionColumnName: "v" } : {}),
      },
      ...(nullableKeys ? {} : { primaryKey, mergeKey }),
      columns: {
        ...keys,
        rank: { data_type: "bigint", ...(dedupSort === undefined ? {} : { dedup_sort: dedupSort }) },
        gone: { data_type: "bool", hard_delete: hardDelete },
      },
    },
    [...(batches[batch] ?? [])],
  );
}

type Stored = Readonly<Record<string, unknown>>;

/** All rows of the dataset by table. */
async function readTables(pipeline: Pipeline): Promise<Map<string, Stored[]>> {
  const names = await pipeline.dataset().sql("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 't%'");
  const tables = new Map<string, Stored[]>(names.map(({ table_name }) => [String(table_name), []]));
  const queries = [...tables.keys()].map(
    (name) => `SELECT '${name}' AS name, to_json(r)::VARCHAR AS line FROM ${name} AS r`,
  );
  const lines = queries.length === 0 ? [] : await pipeline.dataset().sql(queries.join(" UNION ALL "));
  for (const { name, line } of lines) tables.get(String(name))?.push(JSON.parse(String(line)) as Stored);
  return tables;
}

/** The documents of one table, put together by ids; what belongs to no row of its parent table is told as well. */
function documentsOf(tables: ReadonlyMap<string, readonly Stored[]>, table: string): string[] {
  const [roots, kids, tags] = [table, `${table}__kids`, `${table}__kids__tags`].map((name) => tables.get(name) ?? []);
  const below = (nested: readonly Stored[] = [], { _dlt_id }: Stored): Stored[] =>
    nested
      .filter((row) => row["_dlt_parent_id"] === _dlt_id)
      .sort((a, b) => Number(a["_dlt_list_idx"]) - Number(b["_dlt_list_idx"]));
  const idsOf = (rows: readonly Stored[] = []): Set<unknown> => new Set(rows.map((row) => row["_dlt_id"]));
  const lost = [
    ...(kids ?? []).filter((row) => !idsOf(roots).has(row["_dlt_parent_id"])),
    ...(tags ?? []).filter((row) => !idsOf(kids).has(row["_dlt_parent_id"])),
  ];
  const documents = (roots ?? []).map((row) => {
    const nested = below(kids, row).map((kid) => ({ k: kid["k"], tags: below(tags, kid).map(({ value }) => value) }));
    return documentText({ ...row, kids: nested }, (row["_dlt_valid_to"] ?? null) === null);
  });
  return [...documents, ...lost.map((row) => `belongs to no row: ${JSON.stringify(row)}`)].sort();
}

function documentText({ id, part, day, v, rank, gone, kids }: Record<string, unknown>, active: boolean): string {
  const plain = [id, part, day, v, rank, gone].map((value) => value ?? null);
  return JSON.stringify([...plain, kids, active ? "active" : "ended"]);
}

it("leave what a model in memory has, for every strategy and any batches", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(histories, { minLength: 1, maxLength: 6, size: "max" }), async (tables) => {
      await using scene = await pipelineScene();
      const expected: Version[][] = tables.map(() => []);
      for (let batch = 0; batch < BATCHES; batch++) {
        const resources = tables.map((history, n) => resourceOf(history, `t${n}`, batch));
        await scene.pipeline.run(source({ name: "scene" }, resources));
        for (const [n, { rules, batches }] of tables.entries())
          expected[n] = mergeBatch(expected[n] ?? [], batches[batch] ?? [], rules);
        const stored = await readTables(scene.pipeline);
        for (const [n, versions] of expected.entries()) {
          const wanted = versions.map(({ doc, active }) => documentText({ ...doc }, active)).sort();
          expect(documentsOf(stored, `t${n}`), `table t${n} after batch ${batch + 1}`).toEqual(wanted);
        }
      }
    }),
    { numRuns: Number(process.env["SLUICE_PROPERTY_RUNS"] ?? 8), interruptAfterTimeLimit: 100_000 },
  );
});
