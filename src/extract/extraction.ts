import type { ProgressListener } from "../core/events.js";
import type { JsonValue } from "../core/json.js";
import { inTurns } from "../core/piecework.js";
import { WAIT_REASONS, type WaitTimes } from "../core/waits.js";
import type { Warning, WarningLog } from "../core/warnings.js";
import { ExactnessUnknown, type Normalizer } from "../normalize/normalizer.js";
import type { PageCounts } from "../normalize/row-sink.js";
import type { LoadPackage } from "../package/load-package.js";
import type { PageCost, PageRecord } from "../package/records.js";
import type { Schema } from "../schema/schema.js";
import type { Concurrency } from "./budget.js";
import type { Chain, FetchedEntry } from "./chain.js";
import { extractError } from "./errors.js";
import { PageExpired, ResumedChains } from "./page-expiry.js";
import type { ReadContext } from "./reader.js";
import type { ResourceRun } from "./resource-run.js";
import { Scheduler } from "./scheduler.js";
import { processRows } from "./steps.js";
import type { PageWaits } from "./wait-clock.js";

/** What belongs to one source of the run. */
export interface SourceRun {
  readonly name: string;
  readonly schema: Schema;
  readonly normalizer: Normalizer;
  /** The normaliser's warnings of the page in work. */
  readonly warnings: WarningLog;
}

export interface ExtractionOptions {
  readonly pkg: LoadPackage;
  readonly sources: ReadonlyMap<string, SourceRun>;
  /** By position in the run record; undefined for resources that nobody needs. */
  readonly runs: readonly (ResourceRun | undefined)[];
  readonly signal: AbortSignal;
  readonly concurrency: Concurrency;
  readonly onEvent: ProgressListener;
  /** Asks the destination whether a bigint column may become double without rounding. */
  isExactAsDouble(table: string, column: string): Promise<boolean>;
}

/**
 * From open page tasks to committed pages. All that a page changes goes through one journal record, and the same
 * `apply` takes it over when it was just written and when it is read again after a crash.
 */
export class Extraction {
  private readonly options: ExtractionOptions;
  private readonly runs: readonly ResourceRun[];
  private resumed = new ResumedChains([]);

  constructor(options: ExtractionOptions) {
    this.options = options;
    this.runs = options.runs.filter((run) => run !== undefined);
  }

  /** Takes over what an interrupted run committed. Resources whose iterator was in the middle start again, with their children. */
  async recover(): Promise<void> {
    const { pkg } = this.options;
    /** By resource: the number of the record that voids what stands before it. */
    const voided = new Map<number, number>();
    let number = 0;
    for await (const record of pkg.replay()) {
      number += 1;
      if (record.k === "reset") for (const position of record.r) voided.set(position, number);
    }
    number = 0;
    for await (const record of pkg.replay()) {
      number += 1;
      if (record.k === "page") this.replayPage(record, number < (voided.get(record.r) ?? 0));
      else if (record.k === "reset") this.runAt(record.r[0] ?? 0).warnings.addAll(record.warn ?? []);
    }
    const restarted = this.runs.filter(
      (run) => run.definition.reader.kind === "iterable" && run.counters.pages > 0 && !run.finished,
    );
    for (const run of restarted) {
      const positions = [run, ...run.descendants].map((r) => r.position);
      await pkg.reset(positions);
      this.resetRuns(positions);
    }
    this.resumed = new ResumedChains(this.runs);
  }

  /**
   * Reads all that is left. False: the API does not know the page any more at which a resource was to go on; what the
   * resource and its children had is voided, and the rest is to be read by an extraction that recovers from the journal.
   */
  async run(): Promise<boolean> {
    const { signal, concurrency } = this.options;
    const scheduler = new Scheduler(this.runs, {
      concurrency,
      // What waits for an earlier page is fetched again after a kill, so it is kept to a few rounds of requests.
      maxWaitingPages: concurrency.start * 4,
      maxWaitingBytes: 32 << 20,
      signal,
      contextOf: (run, bound, abort, waits) => this.contextOf(run, bound, abort, waits),
      commit: (run, chain, entry) => this.commit(run, chain, entry),
      expiry: (run, chain, error) => this.resumed.expiry(run, chain, error),
    });
    try {
      await scheduler.run();
      return true;
    } catch (error) {
      if (!(error instanceof PageExpired)) throw error;
      await this.voidExpired(error);
      return false;
    }
  }

  private async voidExpired({ run, message }: PageExpired): Promise<void> {
    const warning: Warning = {
      code: "restarted",
      resource: run.name,
      message: `"${run.name}" was read again from its first page: the page at which it was to go on after an interruption cannot be had any more (${message.split("\n", 1)[0]})`,
    };
    this.options.onEvent({ type: "notice", message: warning.message });
    await this.options.pkg.reset(
      [run, ...run.descendants].map((r) => r.position),
      [warning],
    );
  }

  private contextOf(run: ResourceRun, bound: JsonValue, signal: AbortSignal, waits: PageWaits): ReadContext {
    return {
      resource: run.name,
      now: this.options.pkg.run.startedAt,
      incremental: run.cursors?.of(bound),
      signal,
      limit: run.definition.limit,
      state: run.state,
      onWait: (reason, ms, detail) => {
        waits.begin(reason);
        this.options.onEvent({ type: "waiting", resource: run.name, reason, ms, detail });
      },
      onWaited: (reason) => waits.end(reason),
      onSilence: (ms, detail) => this.options.onEvent({ type: "unanswered", resource: run.name, ms, detail }),
    };
  }

  private async commit(run: ResourceRun, chain: Chain, entry: FetchedEntry): Promise<void> {
    const { pkg, signal } = this.options;
    const { task, page } = entry;
    const source = this.sourceOf(run);
    const { warnings } = source;
    const cursor = run.cursors?.of(task.bound);
    let record: PageRecord;
    try {
      const path = { definition: run.definition, task, cursor, warnings };
      const rows = await inTurns(processRows(page.items, path), signal);
      const kids = bindChildren(run, rows);
      const counts = run.definition.selected ? await this.normalise(run, source, rows) : undefined;
      const early = page.next !== null && cursor?.outOfRange === true;
      const warn: Warning[] = [...page.warnings, ...warnings.list(), ...(cursor?.takeWarnings() ?? [])];
      warnings.clear();
      record = pkg.commitPage(
        compact({
          r: run.position,
          c: chain.id,
          p: task.page,
          next: early ? undefined : (page.next ?? undefined),
          stop: early ? "row-order" : page.stop,
          rowsAt: page.rowsAt,
          kids,
          schema: source.schema.takeChanges(),
          cursor: cursor?.takeProgress(),
          state: run.takeStateChange(),
          warn: warn.length === 0 ? undefined : warn,
          pager: run.recognised === undefined ? page.recognised : undefined,
          rows: rows.length,
          cost: costOf(entry),
          dropped: droppedOf(counts),
        }),
      );
    } catch (error) {
      pkg.buffer.discard();
      throw extractError(error, run.name, task.page, "processing");
    }
    this.apply(run, record);
  }

  /** Normalises one page; when a column's widening depends on rows that only the destination knows, asks and repeats the page. */
  private async normalise(run: ResourceRun, source: SourceRun, rows: readonly unknown[]): Promise<PageCounts> {
    for (;;) {
      try {
        return await inTurns(source.normalizer.writePage(run.name, rows), this.options.signal);
      } catch (error) {
        if (!(error instanceof ExactnessUnknown)) throw error;
        this.options.pkg.buffer.discard();
        source.warnings.clear();
        const exact = await this.options.isExactAsDouble(error.table, error.column);
        source.normalizer.setExactness(error.table, error.column, exact);
      }
    }
  }

  /** A page that was voided later changed the schema all the same: what came after it builds on that. */
  private replayPage(record: PageRecord, isVoid: boolean): void {
    const run = this.runAt(record.r);
    if (record.schema !== undefined) this.sourceOf(run).schema.applyChanges(record.schema);
    const chain = run.queue.head;
    if (isVoid || chain === undefined) return;
    if (record.cursor !== undefined) run.cursors?.of(chain.target.bound).restore(record.cursor);
    if (record.state !== undefined) run.restoreState(record.state);
    if (chain.page === 1) run.queue.markStarted();
    chain.state = record.next ?? null;
    chain.page = record.p + 1;
    this.apply(run, record);
  }

  /** What a committed page means for queues and counters. */
  private apply(run: ResourceRun, record: PageRecord): void {
    run.count(record);
    for (const child of run.children) {
      for (const bound of record.kids?.[child.position] ?? []) child.open(bound);
    }
    if (record.pager !== undefined) {
      const message = `${run.name}: the paginator was recognised from the response, write it down as paginator: ${record.pager}`;
      this.options.onEvent({ type: "notice", message });
    }
    this.options.onEvent({ type: "page", resource: run.name, counters: run.counters });
    if (record.stop === undefined) return;
    run.endHead(record.stop, record.p);
    for (const ended of [run, ...run.descendants]) {
      if (ended.finished)
        this.options.onEvent({
          type: "resource-finished",
          resource: ended.name,
          stop: ended.stop,
          counters: ended.counters,
        });
    }
  }

  private resetRuns(positions: readonly number[]): void {
    for (const run of this.runs) if (positions.includes(run.position)) run.reset();
  }

  private runAt(position: number): ResourceRun {
    const run = this.options.runs[position];
    if (run === undefined) throw new RangeError(`journal names resource ${position}, which this run does not have`);
    return run;
  }

  private sourceOf(run: ResourceRun): SourceRun {
    const source = this.options.sources.get(run.source);
    if (source === undefined) throw new RangeError(`source ${run.source} is not part of this run`);
    return source;
  }
}

/** What every child needs of every row of the page, by the child's position. */
function bindChildren(run: ResourceRun, rows: readonly unknown[]): Record<string, JsonValue[]> | undefined {
  if (run.children.length === 0 || rows.length === 0) return undefined;
  const kids: Record<string, JsonValue[]> = {};
  for (const child of run.children) {
    const link = child.definition.parent;
    if (link === undefined) continue;
    kids[child.position] = link.bind(rows);
  }
  return kids;
}

function droppedOf(counts: PageCounts | undefined): PageRecord["dropped"] | undefined {
  if (counts === undefined) return undefined;
  const { discardedRows: rows, discardedValues: values } = counts;
  return Object.keys(rows).length === 0 && Object.keys(values).length === 0 ? undefined : { rows, values };
}

function costOf({ page, waited }: FetchedEntry): PageCost {
  const { requests, retries, bytes } = page;
  const times: WaitTimes = {
    "rate-limit": Math.round(waited.times["rate-limit"]),
    throttled: Math.round(waited.times.throttled),
    retry: Math.round(waited.times.retry),
  };
  const hasWaited = WAIT_REASONS.some((reason) => times[reason] > 0);
  return { requests, retries, bytes, waitedMs: Math.round(waited.ms), ...(hasWaited && { waited: times }) };
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined fields. */
function compact<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
