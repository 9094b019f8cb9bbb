import { faultPoint } from "../core/fault-point.js";
import type { DestinationSession } from "../destinations/destination.js";
import { StatementError } from "../destinations/errors.js";
import type { ExistingTable, PublishTransaction, RowSource, Stage } from "../destinations/publish-transaction.js";
import { OCCURRENCE } from "../normalize/row-sink.js";
import type { ColumnSchema, TableSchema } from "../schema/model.js";
import { LOADS_TABLE, loadsTable, stateTable, versionTable } from "../schema/system-tables.js";
import { PublishError } from "./errors.js";
import { mergeByKey } from "./merge.js";
import { mergeKeysOf, mergeStrategyOf } from "./mergeable.js";
import { migrateTable } from "./migration.js";
import type { PublishPlan, PublishResult, SourcePlan, TableSegments } from "./plan.js";
import { scd2, validityColumns } from "./scd2.js";
import { emptyTable, insertRows, type LoadScope, loadConstants, segmentColumns, type Statement } from "./statements.js";
import { segmentSource } from "./segment-source.js";
import { loadExists, loadRow, stateRow, versionExists, versionRow } from "./system-rows.js";
import { completeColumns, dataChains, dispositionOf, type TableChain } from "./table-chain.js";
import { wantedTables } from "./wanted-table.js";

/**
 * Publishes a package in one transaction: schema changes, rows, `_dlt_version`, `_dlt_pipeline_state` and `_dlt_loads`
 * become visible together. A load id that is in `_dlt_loads` already is not published again.
 *
 * Sources may share tables: first all schemas are changed (DuckDB refuses it after a DELETE), then tables are emptied, and
 * then the rows of all sources come.
 *
 * Throws `PublishError`, after which nothing has changed, and `MissingKeyError` for tables that cannot be merged.
 */
export async function publish(session: DestinationSession, plan: PublishPlan): Promise<PublishResult> {
  try {
    return await session.transaction((transaction) => new Publish(session, transaction, plan).run());
  } catch (error) {
    if (error instanceof StatementError) throw await publishError(plan, error); // BEGIN or COMMIT; other statements know their table.
    throw error;
  }
}

/** One try to publish; a second one starts from nothing. */
class Publish {
  private readonly transaction: PublishTransaction;
  private readonly plan: PublishPlan;
  private readonly scope: LoadScope;
  private readonly inserted = new Map<string, number>();
  private existing: Map<string, ExistingTable> = new Map();

  constructor(session: DestinationSession, transaction: PublishTransaction, plan: PublishPlan) {
    const { dataset, loadId, startedAt } = plan;
    this.transaction = transaction;
    this.plan = plan;
    this.scope = { dialect: session.dialect, dataset, loadId, startedAt };
  }

  async run(): Promise<PublishResult> {
    const { scope, plan, transaction } = this;
    this.existing = await transaction.existingTables(scope.dataset);
    if (this.existing.has(LOADS_TABLE) && (await transaction.exists(loadExists(scope))))
      return { applied: false, inserted: this.inserted };
    await this.execute({ table: LOADS_TABLE, sql: scope.dialect.createDataset(scope.dataset) });
    await this.drop();
    await this.migrate();
    await this.empty();
    for (const source of plan.sources) await this.load(source);
    if (plan.state !== undefined) await this.execute(stateRow(scope, plan.state));
    for (const { schema } of plan.sources) {
      if (!(await transaction.exists(versionExists(scope, schema)))) await this.execute(versionRow(scope, schema));
      await this.execute(loadRow(scope, schema));
    }
    return { applied: true, inserted: this.inserted };
  }

  /** Tables to be dropped are made anew when a schema still has them. */
  private async drop(): Promise<void> {
    const { dialect, dataset } = this.scope;
    for (const table of this.plan.sources.flatMap((source) => source.dropTables)) {
      if (this.existing.delete(table.toLowerCase()))
        await this.execute({ table, sql: `DROP TABLE ${dialect.qualify(dataset, table)}` });
    }
  }

  /** Tables that have rows in this load or had some before; others are only declared. */
  private async migrate(): Promise<void> {
    const tables = this.plan.sources.flatMap(({ schema, segments }) => {
      const loaded = new Set(segments.map((segment) => segment.table));
      return dataChains(schema.tables)
        .flatMap(tablesOf)
        .filter((table) => loaded.has(table.name) || table["x-normalizer"]?.["seen-data"] === true);
    });
    const { scope, transaction } = this;
    for (const wanted of wantedTables(scope.dialect, [versionTable(), loadsTable(), stateTable(), ...tables])) {
      const key = wanted.name.toLowerCase();
      const { statements, table } = await this.guarded(wanted.name, () =>
        migrateTable(scope, wanted, this.existing.get(key), transaction),
      );
      await this.executeAll(statements);
      this.existing.set(key, table);
    }
  }

  /** What one source replaces is emptied as all sources know it, so that no nested rows stay behind. */
  private async empty(): Promise<void> {
    const { sources } = this.plan;
    const roots = new Set(sources.flatMap((source) => source.replaced));
    const replaced = sources
      .flatMap(({ schema }) => dataChains(schema.tables))
      .filter(({ root }) => roots.has(root.name))
      .flatMap((chain) => tablesOf(chain).toReversed());
    const names = [...sources.flatMap((source) => source.truncateTables), ...replaced.map(({ name }) => name)];
    for (const table of new Set(names))
      if (this.existing.has(table.toLowerCase())) await this.execute(emptyTable(this.scope, table));
  }

  private async load(source: SourcePlan): Promise<void> {
    const segments = new Map(source.segments.map((segment) => [segment.table, segment]));
    for (const chain of dataChains(source.schema.tables)) {
      switch (dispositionOf(chain)) {
        case "append":
        case "replace":
          for (const table of tablesOf(chain)) await this.insert(table, segmentsOf(table, segments));
          break;
        case "merge":
          await this.merge(chain, segments);
          break;
        case "skip":
          break;
      }
    }
  }

  private async insert(table: TableSchema, segments: TableSegments | undefined): Promise<void> {
    if (segments === undefined) return;
    const constants = loadConstants(this.scope, table);
    const source = await this.source(table, segmentColumns(table, constants), segments.files);
    const relation = await this.guarded(table.name, () => this.transaction.rows(source));
    requireAllRows(segments, await this.execute(insertRows(this.scope, table, relation, constants)));
  }

  private async merge(chain: TableChain, segments: ReadonlyMap<string, TableSegments>): Promise<void> {
    if (segmentsOf(chain.root, segments) === undefined) return; // Nested rows come with root rows only.
    requireKeyColumns(chain.root);
    const stages = new Map<string, Stage>();
    const isHistory = mergeStrategyOf(chain.root) === "scd2";
    for (const table of tablesOf(chain)) {
      const staged = segmentsOf(table, segments);
      if (staged === undefined) continue;
      const unread = new Set([
        ...loadConstants(this.scope, table).keys(),
        ...(isHistory && table === chain.root ? validityColumns(table) : []),
      ]);
      const columns = [...completeColumns(table).filter((column) => !unread.has(column.name)), OCCURRENCE_COLUMN];
      const source = await this.source(table, columns, staged.files);
      const stage = await this.guarded(table.name, () => {
        faultPoint("publish-stage");
        return this.transaction.stage(`sluice_stage_${stages.size}`, source);
      });
      requireAllRows(staged, stage.rows);
      stages.set(table.name, stage);
    }
    const root = stages.get(chain.root.name);
    if (root !== undefined)
      await this.executeAll((isHistory ? scd2 : mergeByKey)({ scope: this.scope, chain, root, stages }));
    for (const [table, stage] of stages) await this.execute({ table, sql: `DROP TABLE ${stage.relation}` });
  }

  /** The rows as the table takes them. */
  private source(table: TableSchema, columns: readonly ColumnSchema[], files: readonly string[]): Promise<RowSource> {
    const { scope, transaction } = this;
    const existing = this.existing.get(table.name.toLowerCase());
    const rows = { table: table.name, columns, files };
    return this.guarded(table.name, () => segmentSource(scope.dialect, transaction, rows, existing, this.plan.locate));
  }

  private async executeAll(statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) await this.execute(statement);
  }

  /** Returns the number of rows that changed. */
  private async execute({ table, sql, inserts = false }: Statement): Promise<number> {
    faultPoint("publish-statement");
    const rows = await this.guarded(table, () => this.transaction.execute(sql));
    if (inserts) this.inserted.set(table, (this.inserted.get(table) ?? 0) + rows);
    return rows;
  }

  private async guarded<T>(table: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StatementError) throw await publishError(this.plan, error, table);
      throw error;
    }
  }
}

const OCCURRENCE_COLUMN: ColumnSchema = { name: OCCURRENCE, data_type: "text" };

function tablesOf({ root, nested }: TableChain): TableSchema[] {
  return [root, ...nested];
}

function segmentsOf(table: TableSchema, segments: ReadonlyMap<string, TableSegments>): TableSegments | undefined {
  const segment = segments.get(table.name);
  return segment === undefined || segment.rows === 0 ? undefined : segment;
}

/** What damages a segment (a bit that flips, a process that writes into a package of another) seldom keeps the number of its rows. */
function requireAllRows({ table, rows }: TableSegments, found: number): void {
  if (found === rows) return;
  throw new PublishError(
    `The load package is damaged: ${found} rows of table "${table}" are in its files, and ${rows} were written; nothing was changed`,
    {
      table,
      hint: "Run again: if it is still so, the package is set aside and its rows are read afresh. Two runs must not share a package: never remove the lock of one that is alive.",
    },
  );
}

/** A key column that was declared and never came would match nothing: every load would add all its rows again. */
function requireKeyColumns(root: TableSchema): void {
  const { primary, merge } = mergeKeysOf(root);
  for (const column of [...primary, ...merge]) {
    if (root.columns[column]?.data_type !== undefined) continue;
    const names = completeColumns(root)
      .map(({ name }) => name)
      .join(", ");
    throw new PublishError(`Table "${root.name}" is merged by "${column}", and no row has it`, {
      table: root.name,
      column,
      hint: `The columns are: ${names}. Correct the key, or the names in the data.`,
    });
  }
}

/** As `Runner` deals with a package that was refused. */
const REFUSED_HINT =
  "Change the table (or what uses it) so that it takes the row, then run again: the rows are kept. Or correct the data at its source: refused once more, the load is set aside and its rows are read afresh.";

async function publishError(plan: PublishPlan, error: StatementError, table?: string): Promise<PublishError> {
  const { rejected, reason, value } = error;
  const { column } = error.place;
  const what = `Load ${plan.loadId} ${rejected ? "was refused" : "failed"}`;
  const where = `${table === undefined ? "" : ` for table "${table}"`}${column === undefined ? "" : `, column "${column}"`}`;
  const hint = error.hint ?? (rejected ? REFUSED_HINT : "The rows are kept: run again when the cause is gone.");
  const origin = error.at === undefined ? undefined : await plan.locate?.(error.at);
  return new PublishError(
    `${what}${where}${value === undefined ? "" : `: value ${value}`}; nothing was changed. ${reason}`,
    {
      ...origin,
      cause: error,
      rejected,
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...(hint === undefined ? {} : { hint }),
    },
  );
}
