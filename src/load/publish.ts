import type { DestinationSession } from "../destinations/destination.js";
import { StatementError } from "../destinations/errors.js";
import type { ExistingTable, PublishTransaction, Stage } from "../destinations/publish-transaction.js";
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
import { loadExists, loadRow, stateRow, versionExists, versionRow } from "./system-rows.js";
import { completeColumns, dataChains, dispositionOf, type TableChain } from "./table-chain.js";

/**
 * Publishes a package in one transaction: schema changes, rows, `_dlt_version`, `_dlt_pipeline_state` and `_dlt_loads`
 * become visible together. A load id that is in `_dlt_loads` already is not published again.
 *
 * Throws `PublishError`, after which nothing has changed, and `MissingKeyError` for tables that cannot be merged.
 */
export async function publish(session: DestinationSession, plan: PublishPlan): Promise<PublishResult> {
  try {
    return await session.transaction((transaction) => new Publish(session, transaction, plan).run());
  } catch (error) {
    if (error instanceof StatementError) throw refused(plan, error); // BEGIN or COMMIT; other statements know their table.
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
    await this.migrate([versionTable(), loadsTable(), stateTable()]);
    for (const source of plan.sources) await this.publishSource(source);
    if (plan.state !== undefined) await this.execute(stateRow(scope, plan.state));
    for (const { schema } of plan.sources) {
      if (!(await transaction.exists(versionExists(scope, schema)))) await this.execute(versionRow(scope, schema));
      await this.execute(loadRow(scope, schema));
    }
    return { applied: true, inserted: this.inserted };
  }

  private async publishSource(source: SourcePlan): Promise<void> {
    await this.refresh(source);
    const segments = new Map(source.segments.map((segment) => [segment.table, segment]));
    const replaced = new Set(source.replaced);
    for (const chain of dataChains(source.schema.tables)) {
      const tables = [chain.root, ...chain.nested];
      await this.migrate(
        tables.filter((table) => segments.has(table.name) || table["x-normalizer"]?.["seen-data"] === true),
      );
      if (replaced.has(chain.root.name)) for (const { name } of tables.toReversed()) await this.empty(name);
      await this.load(chain, segments);
    }
  }

  /** Tables to be dropped are made anew when the schema still has them. */
  private async refresh({ dropTables, truncateTables }: SourcePlan): Promise<void> {
    const { dialect, dataset } = this.scope;
    for (const table of dropTables) {
      if (this.existing.delete(table.toLowerCase()))
        await this.execute({ table, sql: `DROP TABLE ${dialect.qualify(dataset, table)}` });
    }
    for (const table of truncateTables) await this.empty(table);
  }

  private async empty(table: string): Promise<void> {
    if (this.existing.has(table.toLowerCase())) await this.execute(emptyTable(this.scope, table));
  }

  private async migrate(tables: readonly TableSchema[]): Promise<void> {
    for (const table of tables) {
      if (completeColumns(table).length === 0) continue; // Declared only; there is nothing to create yet.
      const key = table.name.toLowerCase();
      await this.executeAll(await migrateTable(this.scope, table, this.existing.get(key), this.transaction));
      const { dialect } = this.scope;
      const columns = completeColumns(table).map(
        (column) => [column.name.toLowerCase(), { name: column.name, type: dialect.columnType(column) }] as const,
      );
      // Another source of this load may have the same table.
      this.existing.set(key, {
        name: table.name,
        columns: new Map([...(this.existing.get(key)?.columns ?? []), ...columns]),
      });
    }
  }

  private async load(chain: TableChain, segments: ReadonlyMap<string, TableSegments>): Promise<void> {
    switch (dispositionOf(chain)) {
      case "append":
      case "replace":
        for (const table of [chain.root, ...chain.nested]) await this.insert(table, filesOf(table, segments));
        return;
      case "merge":
        return this.merge(chain, segments);
      case "skip":
        return;
    }
  }

  private async insert(table: TableSchema, files: readonly string[]): Promise<void> {
    if (files.length === 0) return;
    const constants = loadConstants(this.scope, table);
    const relation = await this.transaction.rows({ columns: segmentColumns(table, constants), files });
    await this.execute(insertRows(this.scope, table, relation, constants));
  }

  private async merge(chain: TableChain, segments: ReadonlyMap<string, TableSegments>): Promise<void> {
    if (filesOf(chain.root, segments).length === 0) return; // Nested rows come with root rows only.
    requireKeyColumns(chain.root);
    const stages = new Map<string, Stage>();
    const isHistory = mergeStrategyOf(chain.root) === "scd2";
    for (const table of [chain.root, ...chain.nested]) {
      const files = filesOf(table, segments);
      if (files.length === 0) continue;
      const unread = new Set([
        ...loadConstants(this.scope, table).keys(),
        ...(isHistory && table === chain.root ? validityColumns(table) : []),
      ]);
      const columns = [...completeColumns(table).filter((column) => !unread.has(column.name)), OCCURRENCE_COLUMN];
      stages.set(
        table.name,
        await this.guarded(table.name, () => this.transaction.stage(`sluice_stage_${stages.size}`, { columns, files })),
      );
    }
    const root = stages.get(chain.root.name);
    if (root !== undefined)
      await this.executeAll((isHistory ? scd2 : mergeByKey)({ scope: this.scope, chain, root, stages }));
    for (const [table, stage] of stages) await this.execute({ table, sql: `DROP TABLE ${stage.relation}` });
  }

  private async executeAll(statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) await this.execute(statement);
  }

  private async execute({ table, sql, inserts = false }: Statement): Promise<void> {
    const rows = await this.guarded(table, () => this.transaction.execute(sql));
    if (inserts) this.inserted.set(table, (this.inserted.get(table) ?? 0) + rows);
  }

  private async guarded<T>(table: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StatementError) throw refused(this.plan, error, table);
      throw error;
    }
  }
}

const OCCURRENCE_COLUMN: ColumnSchema = { name: OCCURRENCE, data_type: "text" };

function filesOf(table: TableSchema, segments: ReadonlyMap<string, TableSegments>): readonly string[] {
  const segment = segments.get(table.name);
  return segment === undefined || segment.rows === 0 ? [] : segment.files;
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

function refused(plan: PublishPlan, error: StatementError, table?: string): PublishError {
  const { column } = error.place;
  const value = error.value === undefined ? "" : `: value ${error.value}`;
  const where = table === undefined ? "" : ` for table "${table}"`;
  return new PublishError(
    `Load ${plan.loadId} was refused${where}${column === undefined ? "" : `, column "${column}"`}${value}; nothing was changed. ${error.reason}`,
    {
      cause: error,
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    },
  );
}
