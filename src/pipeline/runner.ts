import type { ProgressListener } from "../core/events.js";
import type { Destination, DestinationSession } from "../destinations/destination.js";
import type { Source } from "../extract/source.js";
import { PublishError } from "../load/errors.js";
import type { LoadPackage } from "../package/load-package.js";
import type { PackageStore } from "../package/package-store.js";
import { JOURNAL_VERSION, type RunRecord } from "../package/records.js";
import type { StoredSchema } from "../schema/model.js";
import { fingerprintOf } from "./fingerprint.js";
import { nextLoadId } from "./load-id.js";
import type { LoadInfo } from "./load-info.js";
import { publishPackage } from "./publisher.js";
import { type Refresh, RunContext } from "./run-context.js";
import { PipelineState } from "./state.js";
import type { Trace } from "./trace.js";
import { withSession } from "./with-session.js";

/** What one call of `run()` has settled before anything is read. */
export interface RunRequest {
  readonly pipelineName: string;
  readonly dataset: string;
  readonly destination: Destination;
  readonly sources: readonly Source[];
  readonly refresh: Refresh | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onEvent: ProgressListener;
  readonly trace: Trace;
  /** Called between the publish and the removal of the package. */
  onLoaded(info: LoadInfo): Promise<void>;
}

/**
 * One call of `run()`: first settles what earlier calls left (DESIGN: a complete package is published, an incomplete one
 * with the same fingerprint is continued, anything else is set aside), then reads and publishes.
 */
export class Runner {
  private readonly request: RunRequest;
  private readonly store: PackageStore;
  private readonly fingerprint: string;

  constructor(request: RunRequest, store: PackageStore) {
    this.request = request;
    this.store = store;
    const { sources, destination, dataset, refresh } = request;
    this.fingerprint = fingerprintOf(sources, destination, dataset, refresh);
  }

  /** Runs to the end. Afterwards no package of this pipeline is in flight. */
  async run(): Promise<LoadInfo> {
    const { trace } = this.request;
    const continued = await trace.measure("settle", () => this.settleAll());
    if (continued !== undefined) return continued;
    const record = await trace.measure("prepare", () => this.newRunRecord());
    return this.extractAndPublish(await this.store.create(record), false);
  }

  private async settleAll(): Promise<LoadInfo | undefined> {
    let continued: LoadInfo | undefined;
    for (const pkg of await this.store.openAll()) continued = (await this.settle(pkg)) ?? continued;
    return continued;
  }

  /** Deals with one package of an earlier call. Returns a load info when that package was this call's. */
  private async settle(pkg: LoadPackage): Promise<LoadInfo | undefined> {
    const isOurs = pkg.run.fingerprint === this.fingerprint;
    const { complete, rejected } = pkg.status;
    if (complete === undefined) {
      if (isOurs) return this.extractAndPublish(pkg, true);
      const where = await this.store.setAside(pkg);
      this.notice(
        `An interrupted run (load ${pkg.run.loadId}) was made by another configuration and was set aside in ${where}; its cursor never moved`,
      );
      return undefined;
    }
    try {
      const info = await this.publish(pkg, true);
      if (!isOurs) this.notice(`Load ${pkg.run.loadId} of an earlier run was complete and is published now`);
      return isOurs ? info : undefined;
    } catch (error) {
      // Refused again: it must not stand in the way of new data. Its cursor has not moved, so its rows are read again.
      if (!(error instanceof PublishError) || rejected === undefined) {
        await pkg.close();
        throw error;
      }
      const where = await this.store.setAside(pkg);
      this.notice(
        `Load ${pkg.run.loadId} was refused by the destination again (${error.message}) and was set aside in ${where}; its rows are read again`,
      );
      return undefined;
    }
  }

  private async extractAndPublish(pkg: LoadPackage, resumed: boolean): Promise<LoadInfo> {
    const { destination, onEvent, sources, refresh, concurrency, signal, pipelineName, dataset } = this.request;
    const probe = new Probe(destination, dataset);
    try {
      const context = new RunContext({
        pkg,
        sources,
        destination,
        identity: {
          pipelineName,
          datasetName: dataset,
          destinationType: destination.dltType,
          schemaNames: sources.map((s) => s.name),
        },
        refresh,
        concurrency,
        signal,
        onEvent,
        isExactAsDouble: (_source, table, column) => probe.isExactAsDouble(table, column),
      });
      onEvent({
        type: "run-started",
        pipelineName,
        loadId: pkg.run.loadId,
        resumed,
        resources: pkg.run.resources.map((r) => r.name),
      });
      await this.request.trace.measure("extract", async () => {
        if (resumed) await context.extraction.recover();
        await context.extraction.run();
        pkg.complete(context.completion());
      });
    } catch (error) {
      await pkg.close();
      if (!resumed && !hasCommitted(pkg)) await this.store.remove(pkg); // Nothing was read: nothing to come back to.
      throw error;
    } finally {
      await probe.close();
    }
    return this.publish(pkg, resumed).catch(async (error: unknown) => {
      await pkg.close();
      throw error;
    });
  }

  private async publish(pkg: LoadPackage, resumed: boolean): Promise<LoadInfo> {
    const { complete } = pkg.status;
    if (complete === undefined) throw new RangeError(`package ${pkg.run.loadId} is not complete`);
    const { destination, onEvent } = this.request;
    return this.request.trace.measure("publish", async () => {
      const info = await publishPackage({ pkg, complete, destination, resumed, onEvent });
      await this.request.onLoaded(info);
      await this.store.remove(pkg);
      return info;
    });
  }

  /** Freezes the run: what the destination says now is what cursors and schemas start from, also after a resume. */
  private async newRunRecord(): Promise<RunRecord> {
    const { pipelineName, dataset, destination, sources } = this.request;
    const { state, schemas } = await withSession(destination, (session) => this.readStored(session));
    return {
      k: "run",
      v: JOURNAL_VERSION,
      loadId: nextLoadId(),
      pipelineName,
      dataset,
      fingerprint: this.fingerprint,
      startedAt: new Date().toISOString(),
      resources: sources.flatMap((source) => source.resources.map((r) => ({ source: source.name, name: r.name }))),
      state,
      schemas,
    };
  }

  private async readStored(
    session: DestinationSession,
  ): Promise<{ state: string | null; schemas: Record<string, StoredSchema | null> }> {
    const { dataset, pipelineName, sources } = this.request;
    const row = await session.readState(dataset, pipelineName);
    const schemas: Record<string, StoredSchema | null> = {};
    for (const { name } of sources) schemas[name] = (await session.readSchema(dataset, name)) ?? null;
    return { state: row === undefined ? null : PipelineState.fromRow(row).toText(), schemas };
  }

  private notice(message: string): void {
    this.request.onEvent({ type: "notice", message });
  }
}

/** Asks the destination about stored values while extraction goes on; opened with the first question only. */
class Probe {
  private readonly destination: Destination;
  private readonly dataset: string;
  private session: Promise<DestinationSession> | undefined;

  constructor(destination: Destination, dataset: string) {
    this.destination = destination;
    this.dataset = dataset;
  }

  async isExactAsDouble(table: string, column: string): Promise<boolean> {
    this.session ??= this.destination.open();
    return (await this.session).isExactAsDouble(this.dataset, table, column);
  }

  async close(): Promise<void> {
    await (await this.session)?.close();
  }
}

function hasCommitted(pkg: LoadPackage): boolean {
  return pkg.segments.all.length > 0;
}
