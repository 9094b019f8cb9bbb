import type { ProgressListener } from "../core/events.js";
import type { Destination } from "../destinations/destination.js";
import { addWaits } from "../core/waits.js";
import type { Warning } from "../core/warnings.js";
import { MissingKeyError, PublishError } from "../load/errors.js";
import type { PublishPlan, SourcePlan, TableSegments } from "../load/plan.js";
import { publish } from "../load/publish.js";
import type { LoadPackage } from "../package/load-package.js";
import type { CompleteRecord, CompleteSource, ResourceReport } from "../package/records.js";
import { LoadInfo, type ResourceInfo } from "./load-info.js";
import { withSession } from "./with-session.js";

export interface PublishOptions {
  readonly pkg: LoadPackage;
  readonly complete: CompleteRecord;
  readonly destination: Destination;
  readonly resumed: boolean;
  /** Said in the load info besides what the package says. */
  readonly warnings: readonly Warning[];
  readonly onEvent: ProgressListener;
}

/**
 * Publishes a complete package and says what was loaded. Safe to call again: a load id that is already in `_dlt_loads`
 * is not loaded twice. A refusal by the destination is noted in the journal before it is thrown.
 */
export async function publishPackage(options: PublishOptions): Promise<LoadInfo> {
  const { pkg, complete, destination, onEvent } = options;
  const plan = planOf(pkg, complete);
  const started = performance.now();
  const rows = plan.sources.flatMap((source) => source.segments).reduce((sum, segment) => sum + segment.rows, 0);
  onEvent({ type: "publish-started", loadId: plan.loadId, rows });
  if (!pkg.status.published) {
    try {
      await withSession(destination, (session) => publish(session, plan));
    } catch (error) {
      if (isRefusal(error)) pkg.reject(error.message);
      throw error;
    }
    pkg.markPublished();
  }
  onEvent({ type: "published", loadId: plan.loadId, seconds: (performance.now() - started) / 1000 });
  return loadInfoOf(options, plan);
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
  };
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
  for (const { table, rows } of plan.sources.flatMap((source) => source.segments))
    tables[table] = (tables[table] ?? 0) + rows;
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
  const infos: Record<string, ResourceInfo> = {};
  for (const { source, name, waited = {}, ...info } of reports) {
    const shared = reports.some((other) => other.name === name && other.source !== source);
    infos[shared ? `${source}.${name}` : name] = { ...info, waited: addWaits(waited) };
  }
  return infos;
}
