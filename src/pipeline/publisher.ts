import type { ProgressListener } from "../core/events.js";
import { CancelledError, type ErrorPlace, messageOf } from "../core/errors.js";
import type { Destination, DestinationSession } from "../destinations/destination.js";
import { addWaits } from "../core/waits.js";
import { addCounts } from "../extract/resource-run.js";
import type { SourceRow } from "../destinations/errors.js";
import type { Warning } from "../core/warnings.js";
import { MissingKeyError, PublishError } from "../load/errors.js";
import type { PublishPlan, SourcePlan, TableSegments } from "../load/plan.js";
import { publish } from "../load/publish.js";
import type { LoadPackage } from "../package/load-package.js";
import type { CompleteRecord, CompleteSource, ResourceReport } from "../package/records.js";
import type { EarlySession } from "./early-session.js";
import { LoadInfo, type ResourceInfo } from "./load-info.js";
import { checkOtherFillers } from "./other-fillers.js";
import { readStateText } from "./state.js";

export interface PublishOptions {
  readonly pkg: LoadPackage;
  readonly complete: CompleteRecord;
  readonly destination: Destination;
  readonly resumed: boolean;
  /** Said in the load info besides what the package says. */
  readonly warnings: readonly Warning[];
  readonly onEvent: ProgressListener;
  /** Opens the destination, unless it is open already. */
  readonly early: EarlySession;
  /** Rolls back a publish that is not committed yet. */
  readonly signal: AbortSignal;
}

/**
 * Publishes a complete package and says what was loaded. Safe to call again: a load id that is already in `_dlt_loads`
 * is not loaded twice. A refusal by the destination is noted in the journal before it is thrown.
 */
export async function publishPackage(options: PublishOptions): Promise<LoadInfo> {
  const { pkg, complete, onEvent } = options;
  const plan = planOf(pkg, complete);
  const started = performance.now();
  const rows = plan.sources.flatMap((source) => source.segments).reduce((sum, segment) => sum + segment.rows, 0);
  onEvent({ type: "publish-started", loadId: plan.loadId, rows });
  let found: readonly Warning[] = [];
  if (!pkg.status.published) {
    try {
      found = await options.early.use((session) => publishUnlessCancelled(session, options, plan));
    } catch (error) {
      if (isRefusal(error)) noteRefusal(pkg, error);
      throw error;
    }
    pkg.markPublished();
  }
  onEvent({ type: "published", loadId: plan.loadId, seconds: (performance.now() - started) / 1000 });
  return loadInfoOf({ ...options, warnings: [...options.warnings, ...found] }, plan);
}

async function publishUnlessCancelled(
  session: DestinationSession,
  { pkg, signal }: PublishOptions,
  plan: PublishPlan,
): Promise<Warning[]> {
  const interrupt = (): void => session.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    if (signal.aborted) throw cancelled(plan);
    await assertUnchanged(session, pkg);
    const warnings = await checkOtherFillers(session, plan);
    pkg.assertOwn();
    await publish(session, plan);
    return warnings;
  } catch (error) {
    throw signal.aborted ? cancelled(plan, error) : error;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

/** Runs of one pipeline on two machines do not see each other's locks: the later one would load the rows of the earlier again. */
async function assertUnchanged(session: DestinationSession, { run }: LoadPackage): Promise<void> {
  const { dataset, loadId, pipelineName, state } = run;
  if ((await readStateText(session, dataset, pipelineName)) === state) return;
  if (await session.isLoaded(dataset, loadId)) return; // Its own publish made the state; `publish` will see that too.
  throw new PublishError(
    `Load ${loadId} was not published: the state of pipeline "${pipelineName}" in dataset "${dataset}" has changed since this run began, so another run has loaded meanwhile; nothing was changed`,
    {
      rejected: false,
      hint: "Run again: the rows are read afresh from the newer cursor. Runs of one pipeline wait for each other only when they share a `pipelinesDir`.",
    },
  );
}

function cancelled({ loadId }: PublishPlan, cause?: unknown): CancelledError {
  return new CancelledError(`The run was cancelled before load ${loadId} was published; nothing was changed`, {
    cause,
    hint: "Everything is read and kept: run again to publish it.",
  });
}

/** A disk that has no room for the reason must not hide the reason; the next run then tries once more than it would have. */
function noteRefusal(pkg: LoadPackage, error: Error): void {
  try {
    pkg.reject(error.message);
  } catch (unwritten) {
    process.emitWarning(`sluice: ${messageOf(unwritten)}`);
  }
}

/** True when the destination refused what is in the package; other failures (locked, disk full) pass, and it is tried again. */
export function isRefusal(error: unknown): error is PublishError | MissingKeyError {
  return (error instanceof PublishError && error.rejected) || error instanceof MissingKeyError;
}

function planOf(pkg: LoadPackage, complete: CompleteRecord): PublishPlan {
  return {
    dataset: pkg.run.dataset,
    loadId: pkg.run.loadId,
    startedAt: pkg.run.startedAt,
    sources: complete.sources.map((source) => sourcePlan(pkg, source)),
    state: complete.state ?? undefined,
    locate: (row) => locate(pkg, row),
  };
}

/** Rows are numbered over the files of one table in the order of the plan. */
async function locate(pkg: LoadPackage, { files, row }: SourceRow): Promise<ErrorPlace | undefined> {
  let before = 0;
  for (const file of files) {
    const segment = pkg.segments.all.find((one) => one.file === file);
    if (segment === undefined) return undefined;
    if (row >= before + segment.rows) {
      before += segment.rows;
      continue;
    }
    const origin = await pkg.originOf(segment, row - before);
    const resource = origin === undefined ? undefined : pkg.run.resources[origin.resource]?.name;
    return origin === undefined || resource === undefined
      ? undefined
      : { resource, page: origin.page, row: origin.row };
  }
  return undefined;
}

function sourcePlan(pkg: LoadPackage, source: CompleteSource): SourcePlan {
  const tables = new Map<string, { files: string[]; rows: number }>();
  for (const segment of pkg.segments.all) {
    const owner = pkg.run.resources[segment.resource];
    if (owner?.source !== source.name || segment.rows === 0 || source.voided.includes(segment.resource)) continue;
    const entry = tables.get(segment.table) ?? { files: [], rows: 0 };
    entry.files.push(segment.file);
    entry.rows += segment.rows;
    tables.set(segment.table, entry);
  }
  const segments: TableSegments[] = [...tables].map(([table, { files, rows }]) => ({ table, files, rows }));
  const { schema, replaced, dropTables, truncateTables } = source;
  return { schema, segments, replaced, dropTables, truncateTables };
}

function loadInfoOf({ pkg, complete, destination, resumed, warnings }: PublishOptions, plan: PublishPlan): LoadInfo {
  const tables: Record<string, number> = {};
  for (const { table, rows } of plan.sources.flatMap((source) => source.segments)) addCounts(tables, { [table]: rows });
  return new LoadInfo({
    pipelineName: pkg.run.pipelineName,
    datasetName: pkg.run.dataset,
    destination: destination.location,
    loadId: pkg.run.loadId,
    resumed,
    tables,
    resources: resourceInfos(complete.resources),
    dropped: complete.dropped,
    warnings: [...warnings, ...complete.warnings],
    startedAt: pkg.run.startedAt,
    finishedAt: new Date().toISOString(),
  });
}

function resourceInfos(reports: readonly ResourceReport[]): Record<string, ResourceInfo> {
  return Object.fromEntries(
    reports.map(({ source, name, waited = {}, ...info }) => {
      const shared = reports.some((other) => other.name === name && other.source !== source);
      return [shared ? `${source}.${name}` : name, { ...info, waited: addWaits(waited) }];
    }),
  );
}
