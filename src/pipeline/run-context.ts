import { isDeepStrictEqual } from "node:util";
import type { ProgressListener } from "../core/events.js";
import { ConfigError, excerpt } from "../core/errors.js";
import type { JsonValue } from "../core/json.js";
import { WarningLog } from "../core/warnings.js";
import type { Destination } from "../destinations/destination.js";
import type { Concurrency } from "../extract/budget.js";
import { createCursors } from "../extract/incremental/cursor-set.js";
import { isFieldName } from "../extract/incremental/cursor-reader.js";
import type { StoredIncremental } from "../extract/incremental/incremental-run.js";
import { Extraction, type SourceRun } from "../extract/extraction.js";
import type { DeclaredHints } from "../extract/hints.js";
import type { ResourceDefinition } from "../extract/resource.js";
import { addCounts, type Dropped, ResourceRun } from "../extract/resource-run.js";
import type { Source } from "../extract/source.js";
import { Normalizer } from "../normalize/normalizer.js";
import type { LoadPackage } from "../package/load-package.js";
import type { CompleteRecord, CompleteSource, ResourceReport } from "../package/records.js";
import { assertNotShared, type Refresh } from "./refresh.js";
import { columnsWith } from "../schema/column-merge.js";
import type { StoredSchema } from "../schema/model.js";
import { Schema } from "../schema/schema.js";
import { assertKeys } from "./merge-keys.js";
import { mergeImported } from "./schema-import.js";
import { agreeOnTables } from "./shared-tables.js";
import { sharedTableReplaced } from "./other-fillers.js";
import { assertTableNames, otherFillersOf } from "./table-names.js";
import { PipelineState, type StateIdentity } from "./state.js";

export interface RunContextOptions {
  readonly pkg: LoadPackage;
  readonly sources: readonly Source[];
  readonly destination: Destination;
  readonly identity: StateIdentity;
  readonly refresh: Refresh | undefined;
  readonly concurrency: Concurrency;
  readonly signal: AbortSignal;
  readonly onEvent: ProgressListener;
  isExactAsDouble(table: string, column: string): Promise<boolean>;
}

/** Tables that a `refresh` removes or empties in the publish. */
interface Refreshed {
  readonly drop: readonly string[];
  readonly truncate: readonly string[];
}

/** One run put together from its package and the sources: schemas, cursors, queues. Also rebuilt like this on resume. */
export class RunContext {
  readonly extraction: Extraction;
  private readonly options: RunContextOptions;
  private readonly state: PipelineState;
  /** The sources as they were given, with one disposition for each table that several resources share. */
  private readonly agreed: readonly Source[];
  private readonly sources = new Map<string, SourceRun>();
  private readonly refreshed = new Map<string, Refreshed>();
  private readonly runs: (ResourceRun | undefined)[];

  constructor(options: RunContextOptions) {
    this.options = options;
    const { pkg, sources } = options;
    this.state =
      pkg.run.state === null ? PipelineState.create(options.identity) : PipelineState.fromText(pkg.run.state);
    this.agreed = sources.map((source) => this.addSource(source));
    this.runs = this.buildRuns();
    this.extraction = new Extraction({
      pkg,
      sources: this.sources,
      runs: this.runs,
      signal: options.signal,
      concurrency: options.concurrency,
      onEvent: options.onEvent,
      isExactAsDouble: (table, column) => options.isExactAsDouble(table, column),
    });
  }

  /** What the publish and the load info need, once everything is read. */
  completion(): Omit<CompleteRecord, "k"> {
    const runs = this.runs.filter((run) => run !== undefined);
    for (const run of runs) {
      this.warnOfRepeatedSpan(run);
      this.saveState(run);
      this.warnOfChildrenLeftOut(run);
      this.warnOfEmptyHistory(run);
      this.warnOfStoredContracts(run);
    }
    const sources = this.agreed.map((source) => this.completeSource(source));
    const dropped: Dropped = { rows: {}, values: {} };
    for (const run of runs) {
      addCounts(dropped.rows, run.dropped.rows);
      addCounts(dropped.values, run.dropped.values);
    }
    return {
      sources,
      state: this.state.toRow(this.options.identity, this.options.pkg.run.startedAt) ?? null,
      resources: runs.map(reportOf),
      warnings: runs.flatMap((run) => run.warnings.list()),
      dropped,
    };
  }

  private addSource(given: Source): Source {
    const { pkg, destination, refresh } = this.options;
    const { maxIdentifierLength, ignoresCase = false } = destination.capabilities;
    const stored = pkg.run.schemas[given.name] ?? null;
    const imported = pkg.run.imported?.[given.name];
    const schema =
      stored === null || refresh === "drop_sources"
        ? Schema.create(given.name, given.naming ?? imported?.normalizers.names)
        : Schema.fromStored(stored);
    assertNaming(given, schema);
    assertTableNames(given, schema, destination.capabilities);
    const source = agreeOnTables(given, schema.naming(maxIdentifierLength), ignoresCase);
    const refreshed = this.refreshSource(source, schema, stored === null ? [] : dataTables(stored.tables));
    assertNotShared([...refreshed.drop, ...refreshed.truncate], pkg.run.foreign ?? {}, source.name);
    this.refreshed.set(source.name, refreshed);
    const warnings = new WarningLog();
    const normalizer = new Normalizer({
      schema,
      sink: pkg.buffer,
      warnings,
      identifiers: destination.capabilities,
      defaults: source,
    });
    // What the code says now wins over what an earlier run has left with single tables.
    if (source.schemaContract !== undefined) schema.forgetTableContracts();
    if (imported !== undefined) mergeImported(schema, imported, source, warnings);
    for (const { definition } of source.resources) {
      if (definition.selected) normalizer.declareResource(definition.name, tableHintsOf(definition));
    }
    assertKeys(source, schema, maxIdentifierLength);
    if (given === this.options.sources[0]) schema.ensureStateTable(); // The first schema is the pipeline's default one.
    this.sources.set(source.name, { name: source.name, schema, normalizer, warnings });
    return source;
  }

  private refreshSource(source: Source, schema: Schema, tables: readonly string[]): Refreshed {
    const { refresh } = this.options;
    if (refresh === undefined) return { drop: [], truncate: [] };
    const selected = source.resources.filter((r) => r.definition.selected).map((r) => r.name);
    if (refresh === "drop_sources") {
      this.state.resetSource(source.name);
      return { drop: tables, truncate: [] };
    }
    for (const name of selected) this.state.setResource(source.name, name, {});
    const roots = Object.values(schema.tables).filter(
      (table) => table.resource !== undefined && selected.includes(table.resource),
    );
    const own = roots.flatMap((root) => [root.name, ...schema.descendants(root.name).map((table) => table.name)]);
    if (refresh === "drop_data") return { drop: [], truncate: own };
    schema.dropTables(own);
    return { drop: own, truncate: [] };
  }

  private buildRuns(): (ResourceRun | undefined)[] {
    const { agreed: sources } = this;
    const { pkg } = this.options;
    const byName = new Map<string, ResourceRun>();
    const needed = new Set(sources.flatMap((source) => neededResources(source)));
    // Parents first: sources list their resources in topological order, and a child looks its parent up.
    return pkg.run.resources.map(({ source, name }, position) => {
      const definition = sources.find((s) => s.name === source)?.resources.find((r) => r.name === name)?.definition;
      if (definition === undefined || !needed.has(definition)) return undefined;
      const parent =
        definition.parent === undefined ? undefined : byName.get(`${source}/${definition.parent.resource}`);
      if (definition.parent !== undefined && parent === undefined) {
        throw new ConfigError(
          `Resource "${name}" depends on "${definition.parent.resource}", which is not in the source`,
          { resource: name },
        );
      }
      const run = this.buildRun(position, source, definition, parent);
      byName.set(`${source}/${name}`, run);
      return run;
    });
  }

  private buildRun(
    position: number,
    source: string,
    definition: ResourceDefinition,
    parent: ResourceRun | undefined,
  ): ResourceRun {
    // As in dlt: a resource that replaces its table forgets its state, so that it reads everything.
    const stored = dispositionOf(definition) === "replace" ? {} : this.state.resource(source, definition.name);
    const { incremental: cursors, ...state } = stored;
    const { incremental, hints } = definition;
    const { parent: link } = definition;
    const newCursors = () =>
      incremental === undefined
        ? undefined
        : createCursors(incremental, {
            resource: definition.name,
            keyOf: link === undefined ? undefined : (bound) => link.keyOf(bound),
            now: this.options.pkg.run.startedAt,
            merges: dispositionOf(definition) === "merge",
            stored: cursors?.[incremental.cursorPath],
            ...(hints.primaryKey === undefined ? {} : { primaryKey: hints.primaryKey }),
          });
    return new ResourceRun({
      position,
      source,
      definition,
      newCursors,
      parent,
      state: state as Record<string, JsonValue>,
    });
  }

  /**
   * The cursor advances only over what was completely read by the whole family: rows of a parent whose children are missing
   * have to come again, and so have children of parents that were not reached. Where everything below a resource was read,
   * its cursor advances over what is known to be complete: windows, rows in a declared order, single parents.
   */
  private saveState(run: ResourceRun): void {
    const { name, source, definition, cursors: set, family } = run;
    if (definition.leftOut === true) return; // Its rows were not loaded: the run that loads them has to read them.
    const before = dispositionOf(definition) === "replace" ? {} : this.state.resource(source, name);
    const cursors: Record<string, StoredIncremental> = { ...before.incremental };
    if (set !== undefined) {
      const all = family.every((member) => member.readToEnd);
      const allBelow = run.descendants.every((member) => member.readToEnd);
      const whole = set.result();
      const result = all ? whole : allBelow ? set.resultSoFar() : undefined;
      if (result !== undefined) cursors[set.config.cursorPath] = result;
      run.warnings.addAll(set.takeWarnings());
      if (!all && whole !== undefined && !isDeepStrictEqual(result?.last_value, whole.last_value)) {
        run.warnings.add({
          code: "cursor-held",
          resource: name,
          message: `The cursor of "${name}" ${result === undefined ? "stays where it was" : `moves to ${excerpt(result.last_value)} only`}, since a limit or a skipped page left rows out; the next run reads this run's rows ${result === undefined ? "" : "from there on "}again (merge keeps them from being repeated)`,
        });
      }
    }
    this.state.setResource(source, name, {
      ...run.state,
      ...(Object.keys(cursors).length === 0 ? {} : { incremental: cursors }),
    });
  }

  /** Children that were not chosen never see the rows that their parent's cursor passes now. */
  private warnOfChildrenLeftOut(run: ResourceRun): void {
    if (run.cursors === undefined || run.definition.leftOut === true || run.counters.rows === 0) return;
    const source = this.agreed.find((candidate) => candidate.name === run.source);
    const children = (source?.resources ?? [])
      .map((r) => r.definition)
      .filter((child) => child.leftOut === true && child.parent?.resource === run.name);
    for (const { name } of children) {
      run.warnings.add({
        code: "child-left-out",
        resource: name,
        message: `"${name}" was not chosen for this run, while the cursor of its parent "${run.name}" moved on: it will not be read for these rows`,
      });
    }
  }

  /** What `lag` reads again is appended again. */
  private warnOfRepeatedSpan({ name, source, definition, counters, warnings }: ResourceRun): void {
    const { incremental } = definition;
    if (incremental?.lag === undefined || incremental.lag === 0 || incremental.endValue !== undefined) return;
    if (!definition.selected || counters.rows === 0 || dispositionOf(definition) !== "append") return;
    if (this.state.resource(source, name).incremental?.[incremental.cursorPath] === undefined) return; // The first run.
    warnings.add({
      code: "lag-repeats-rows",
      resource: name,
      message: `"${name}" appends, and its \`lag\` reads the rows of that span again with every run: they are in the table several times. Use \`writeDisposition: "merge"\` with a \`primaryKey\``,
    });
  }

  /** As in dlt no version ends with a load without rows, although such a load says that there is nothing any more. */
  private warnOfEmptyHistory(run: ResourceRun): void {
    const source = this.sources.get(run.source);
    if (source === undefined || !run.definition.selected || run.counters.rows > 0) return;
    for (const name of source.normalizer.tablesOf(run.name)) {
      const table = source.schema.tables[name];
      if (table?.["x-merge-strategy"] !== "scd2" || source.schema.isNewTable(name)) continue;
      if (table.parent !== undefined || columnsWith(table.columns, "merge_key").length > 0) continue;
      run.warnings.add({
        code: "empty-load",
        resource: run.name,
        table: name,
        message: `No rows came for table "${name}" (scd2 without a merge key), and its valid versions stay valid: an empty load ends none. If there is nothing any more, end them yourself`,
      });
    }
  }

  /** Contracts stay with their tables, as in dlt: what is dropped by one that nobody gives any more would be a riddle. */
  private warnOfStoredContracts({ name, source, definition, dropped, warnings }: ResourceRun): void {
    const given = this.agreed.find((candidate) => candidate.name === source);
    const { schemaContract, nestedHints = {} } = definition.hints;
    const own = [given, { schemaContract }, ...Object.values(nestedHints)];
    if (own.some((hints) => hints?.schemaContract !== undefined)) return;
    const imported = this.options.pkg.run.imported?.[source];
    if (imported !== undefined && hasContract(imported)) return;
    for (const table of new Set([...Object.keys(dropped.rows), ...Object.keys(dropped.values)]))
      warnings.add({
        code: "stored-contract",
        resource: name,
        table,
        message: `What was dropped of table "${table}" was dropped by a contract that an earlier run has left with the table; nothing gives it in this run. \`schemaContract: "evolve"\` of the resource, the source or the run ends it`,
      });
  }

  private completeSource(source: Source): CompleteSource {
    const run = this.sources.get(source.name);
    if (run === undefined) throw new RangeError(`source ${source.name} is not part of this run`);
    const replacedBy = ({ name, definition }: ResourceRun): readonly string[] =>
      run.normalizer.replacedTablesOf(name, dispositionOf(definition) === "replace");
    const replacing = this.runs
      .filter((r) => r !== undefined)
      .filter((r) => r.source === source.name && r.definition.selected)
      .filter((r) => dispositionOf(r.definition) === "replace" || replacedBy(r).length > 0);
    // A table is not replaced by a part of its rows; but after a refresh there are no old rows to keep.
    const partial = this.options.refresh === undefined ? replacing.filter((r) => r.hasSkipped) : [];
    for (const { name, warnings } of partial) {
      const message = `The rows of "${name}" were not replaced: a page could not be read, so the old ones stay and what was read is not loaded`;
      warnings.add({ code: "not-replaced", resource: name, message });
    }
    const replacers = replacing.filter((r) => !partial.includes(r));
    for (const replacer of replacers) this.warnOfOtherFillers(source, replacer, replacedBy(replacer));
    const refreshed = this.refreshed.get(source.name);
    return {
      name: source.name,
      schema: run.schema.toStored(),
      replaced: replacers.flatMap(replacedBy),
      dropTables: refreshed?.drop ?? [],
      truncateTables: refreshed?.truncate ?? [],
      voided: partial.map((r) => r.position),
    };
  }

  /** What a replace takes along of resources of its source that are not part of the run; other sources are known at the publish. */
  private warnOfOtherFillers(source: Source, replacer: ResourceRun, replaced: readonly string[]): void {
    const { pkg, destination } = this.options;
    const stored = pkg.run.schemas[source.name];
    const naming = this.sources.get(source.name)?.schema.naming(destination.capabilities.maxIdentifierLength);
    if (naming === undefined || stored === undefined || stored === null) return;
    for (const table of replaced) {
      const others = otherFillersOf(source, table, stored.tables[table], naming);
      if (others.length === 0) continue;
      const names = others.map((other) => `resource "${other}"`).join(" and ");
      replacer.warnings.add({ ...sharedTableReplaced(table, names), resource: replacer.name });
    }
  }
}

/** The resource's hints, with what its cursor says of its table. */
function tableHintsOf({ hints, incremental }: ResourceDefinition): DeclaredHints {
  if (incremental === undefined || !isFieldName(incremental.cursorPath)) return hints;
  return { ...hints, cursorField: incremental.cursorPath };
}

function hasContract({ settings, tables }: StoredSchema): boolean {
  return [settings, ...Object.values(tables)].some(({ schema_contract }) => schema_contract !== undefined);
}

/** Tables that hold data are not renamed. */
function assertNaming({ name, naming }: Source, schema: Schema): void {
  if (naming === undefined) return;
  const present = schema.naming().name;
  if (naming === present) return;
  throw new ConfigError(`The tables of source "${name}" are named by "${present}"; "${naming}" would rename them`, {
    path: "naming",
    hint: 'Load them anew with refresh: "drop_sources", or load into another dataset.',
  });
}

function dataTables(tables: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(tables).filter((name) => !name.startsWith("_dlt_"));
}

/** The selected resources and the parents that they need. */
function neededResources(source: Source): ResourceDefinition[] {
  const byName = new Map(source.resources.map((r) => [r.name, r.definition]));
  const needed = new Set<ResourceDefinition>();
  for (const { definition } of source.resources) {
    if (!definition.selected) continue;
    for (let at: ResourceDefinition | undefined = definition; at !== undefined && !needed.has(at);) {
      needed.add(at);
      at = at.parent === undefined ? undefined : byName.get(at.parent.resource);
    }
  }
  return [...needed];
}

function dispositionOf(definition: ResourceDefinition): string {
  const { writeDisposition } = definition.hints;
  return (typeof writeDisposition === "object" ? writeDisposition.disposition : writeDisposition) ?? "append";
}

function reportOf(run: ResourceRun): ResourceReport {
  const { source, name, counters, stop, rowsAt, recognised } = run;
  const found = { ...(rowsAt.length > 0 && { rowsAt }), ...(recognised !== undefined && { recognised }) };
  return { source, name, ...counters, stop, ...found };
}
