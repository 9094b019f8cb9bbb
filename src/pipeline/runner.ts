import type { ProgressListener } from "../core/events.js";
import { plural } from "../core/count-text.js";
import type { Warning } from "../core/warnings.js";
import type { Destination, DestinationSession } from "../destinations/destination.js";
import type { Concurrency } from "../extract/budget.js";
import type { Source } from "../extract/source.js";
import type { LoadPackage } from "../package/load-package.js";
import { PackageError } from "../package/errors.js";
import type { PackageStore } from "../package/package-store.js";
import { JOURNAL_VERSION, type RunRecord } from "../package/records.js";
import type { StoredSchema } from "../schema/model.js";
import type { EarlySession } from "./early-session.js";
import { fingerprintOf } from "./fingerprint.js";
import { nextLoadId } from "./load-id.js";
import type { LoadInfo } from "./load-info.js";
import type { Schemas } from "./schema-folder.js";
import { isRefusal, publishPackage } from "./publisher.js";
import { readForeignTables, type Refresh } from "./refresh.js";
import { RunContext } from "./run-context.js";
import { readStateText } from "./state.js";
import type { Trace } from "./trace.js";
import { withSession } from "./with-session.js";

/** Until then the first requests are sent. */
const DRIVER_DELAY_MS = 10;

/** What one call of `run()` has settled before anything is read. */
export interface RunRequest {
  readonly pipelineName: string;
  readonly dataset: string;
  readonly destination: Destination;
  /** For the first look at the destination, and for the publish. */
  readonly early: EarlySession;
  readonly sources: readonly Source[];
  readonly refresh: Refresh | undefined;
  /** False: packages that are not complete are set aside. */
  readonly resume: boolean;
  /** What the user wrote of the sources' schemas. */
  readonly imported: Schemas;
  readonly concurrency: Concurrency;
  readonly signal: AbortSignal;
  readonly onEvent: ProgressListener;
  readonly trace: Trace;
  /** Called between the publish and the removal of the package. */
  onLoaded(info: LoadInfo, schemas: readonly StoredSchema[]): Promise<void>;
}

/**
 * One call of `run()`: first settles what earlier calls left (DESIGN: a complete package is published, an incomplete one
 * with the same fingerprint is continued, anything else is set aside), then reads and publishes.
 */
export class Runner {
  private readonly request: RunRequest;
  private readonly store: PackageStore;
  private readonly fingerprint: string;
  /** What became of packages of earlier calls, for the load info. */
  private readonly settled: Warning[] = [];

  constructor(request: RunRequest, store: PackageStore) {
    this.request = request;
    this.store = store;
    const { sources, destination, dataset, refresh, imported } = request;
    this.fingerprint = fingerprintOf(sources, destination, dataset, refresh, imported);
  }

  /** Runs to the end. Afterwards no package of this pipeline is in flight. */
  async run(): Promise<LoadInfo> {
    const { trace } = this.request;
    const continued = await trace.measure("settle", () => this.settleAll());
    if (continued !== undefined) return continued;
    const record = await trace.measure("prepare", () => this.newRunRecord());
    const pkg = await this.store.create(record);
    try {
      return await this.extractAndPublish(pkg, false);
    } finally {
      await pkg.close();
    }
  }

  private async settleAll(): Promise<LoadInfo | undefined> {
    const left = await this.store.openAll((message) => this.notice(message));
    try {
      let continued: LoadInfo | undefined;
      for (const pkg of left) continued = (await this.settle(pkg)) ?? continued;
      return continued;
    } finally {
      for (const pkg of left) await pkg.close();
    }
  }

  /** Deals with one package of an earlier call. Returns a load info when that package was this call's. */
  private async settle(pkg: LoadPackage): Promise<LoadInfo | undefined> {
    const isOurs = pkg.run.fingerprint === this.fingerprint;
    const { complete, rejected, published } = pkg.status;
    const standing = published ? { loaded: true } : await this.standing(pkg);
    if (standing.obstacle !== undefined) return this.setAside(pkg, standing.obstacle);
    if (complete === undefined) {
      if (standing.loaded) return this.forget(pkg);
      if (!isOurs) return this.setAside(pkg, "was interrupted and made by another configuration");
      if (!this.request.resume) return this.setAside(pkg, "was interrupted, and this call does not resume");
      return this.extractAndPublish(pkg, true);
    }
    try {
      const info = await this.publish(pkg, true, [notReadAgain(pkg)]);
      if (!(isOurs && this.request.resume) && !published)
        this.notice(`Load ${pkg.run.loadId} of an earlier run was complete and is published now`);
      return isOurs && this.request.resume ? info : undefined;
    } catch (error) {
      if (!isRefusal(error) || rejected === undefined) throw error;
      // Refused again: it must not stand in the way of new data.
      return this.setAside(pkg, `was refused by the destination again (${error.message})`);
    }
  }

  /** How a package and the destination stand to each other. */
  private async standing(pkg: LoadPackage): Promise<Standing> {
    const { dataset, loadId, pipelineName, schemas, state } = pkg.run;
    const { destination, signal } = this.request;
    if (pkg.run.destination !== destination.location)
      return { loaded: false, obstacle: `belongs to another destination (${pkg.run.destination})` };
    return withSession(
      destination,
      async (session) => {
        if (await session.isLoaded(dataset, loadId)) return { loaded: true }; // Its own publish has changed what is there.
        const stored = await readStored(session, dataset, pipelineName, Object.keys(schemas));
        const sameSchemas = Object.entries(schemas).every(
          ([name, schema]) => stored.schemas[name]?.version_hash === schema?.version_hash,
        );
        if (stored.state === state && sameSchemas) return { loaded: false };
        return { loaded: false, obstacle: "started from a dataset that has changed since" };
      },
      signal,
    );
  }

  /** The destination has it, and a power cut took the end of its journal: there is nothing left to do for it. */
  private async forget(pkg: LoadPackage): Promise<undefined> {
    await this.store.remove(pkg);
    this.notice(`Load ${pkg.run.loadId} was loaded before the end of its journal was lost; it is complete`);
  }

  /** The cursor of such a package never moved: what it holds is read again. */
  private async setAside(pkg: LoadPackage, why: string): Promise<undefined> {
    const where = await this.store.setAside(pkg);
    const message = `Load ${pkg.run.loadId} ${why}; it was set aside in ${where} and its rows are read again`;
    this.settled.push({ code: "set-aside", message });
    this.notice(message);
  }

  private async extractAndPublish(pkg: LoadPackage, resumed: boolean): Promise<LoadInfo> {
    const { destination, onEvent, sources, dataset } = this.request;
    const probe = new Probe(destination, dataset, this.request.signal);
    try {
      onEvent({
        type: "run-started",
        pipelineName: this.request.pipelineName,
        loadId: pkg.run.loadId,
        resumed,
        resources: sources.flatMap((source) =>
          source.resources.filter((r) => r.definition.selected).map((r) => r.name),
        ),
      });
      await this.request.trace.measure("extract", async () => {
        // While the first answer is on its way: loading the driver takes 60 ms, and reading needs it rarely.
        const timer = setTimeout(() => void this.prepareDestination().catch(() => undefined), DRIVER_DELAY_MS);
        try {
          for (let isOver = false, recovers = resumed; !isOver; recovers = true) {
            const context = this.contextOf(pkg, probe);
            if (recovers) await context.extraction.recover();
            isOver = await context.extraction.run();
            if (isOver) pkg.complete(context.completion());
          }
        } finally {
          clearTimeout(timer);
        }
      });
    } catch (error) {
      if (!resumed && !hasCommitted(pkg)) await this.store.remove(pkg); // Nothing was read: nothing to come back to.
      else if (!(error instanceof PackageError)) this.tellKept(pkg); // It says itself whether anything is left.
      throw error;
    } finally {
      await probe.close();
    }
    return this.publish(pkg, resumed, []);
  }

  /** After an error that says what is wrong, and not what became of the rest. */
  private tellKept({ run, segments }: LoadPackage): void {
    if (this.request.signal.aborted) return; // A cancelled run says it itself.
    const rows = segments.all.reduce((sum, segment) => sum + segment.rows, 0);
    if (rows > 0)
      this.notice(`Kept of load ${run.loadId}: ${plural(rows, "row")}; the same command goes on from there`);
  }

  private async prepareDestination(): Promise<void> {
    const { sources, destination, early } = this.request;
    const definitions = sources.flatMap((source) => source.resources.map((r) => r.definition));
    const isDeclared = definitions.every(
      ({ reader, steps }) => reader.kind === "paged" && reader.origin !== undefined && steps.length === 0,
    );
    await (isDeclared ? early.openNew() : destination.prepare?.());
  }

  private contextOf(pkg: LoadPackage, probe: Probe): RunContext {
    const { destination, onEvent, sources, refresh, concurrency, signal, pipelineName, dataset } = this.request;
    return new RunContext({
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
      isExactAsDouble: (table, column) => probe.isExactAsDouble(table, column),
    });
  }

  private async publish(pkg: LoadPackage, resumed: boolean, warnings: readonly Warning[]): Promise<LoadInfo> {
    const { complete } = pkg.status;
    if (complete === undefined) throw new RangeError(`package ${pkg.run.loadId} is not complete`);
    const { destination, onEvent, signal } = this.request;
    return this.request.trace.measure("publish", async () => {
      const info = await publishPackage({
        pkg,
        early: this.request.early,
        complete,
        destination,
        resumed,
        warnings: [...this.settled, ...warnings],
        onEvent,
        signal,
      });
      await this.request.onLoaded(
        info,
        complete.sources.map((source) => source.schema),
      );
      await this.store.remove(pkg);
      return info;
    });
  }

  /** Freezes the run: what the destination says now is what cursors and schemas start from, also after a resume. */
  private async newRunRecord(): Promise<RunRecord> {
    const { pipelineName, dataset, destination, early, sources, imported, refresh } = this.request;
    for (const { definition } of sources.flatMap((source) => source.resources)) definition.reader.prepare?.();
    const names = sources.map((source) => source.name);
    const { stored, newest, foreign } = (await early.hasNothing())
      ? { stored: nothingStored(names), newest: undefined, foreign: undefined }
      : await early.use(async (session) => ({
          stored: await readStored(session, dataset, pipelineName, names),
          newest: await session.lastLoadId(dataset),
          foreign: refresh === undefined ? undefined : await readForeignTables(session, dataset, names),
        }));
    return {
      k: "run",
      v: JOURNAL_VERSION,
      loadId: nextLoadId(newest),
      pipelineName,
      dataset,
      destination: destination.location,
      fingerprint: this.fingerprint,
      startedAt: new Date().toISOString(),
      resources: sources.flatMap((source) => source.resources.map((r) => ({ source: source.name, name: r.name }))),
      ...stored,
      ...(Object.keys(imported).length === 0 ? {} : { imported }),
      ...(foreign === undefined ? {} : { foreign }),
    };
  }

  private notice(message: string): void {
    this.request.onEvent({ type: "notice", message });
  }
}

interface Standing {
  /** The load id is in `_dlt_loads`. */
  readonly loaded: boolean;
  /** Why it must not be brought into this destination any more; absent when nothing speaks against it. */
  readonly obstacle?: string;
}

interface Stored {
  /** JSON text of the state. */
  readonly state: string | null;
  readonly schemas: Readonly<Record<string, StoredSchema | null>>;
}

function nothingStored(schemaNames: readonly string[]): Stored {
  return { state: null, schemas: Object.fromEntries(schemaNames.map((name) => [name, null])) };
}

async function readStored(
  session: DestinationSession,
  dataset: string,
  pipelineName: string,
  schemaNames: readonly string[],
): Promise<Stored> {
  const schemas: Record<string, StoredSchema | null> = {};
  for (const name of schemaNames) schemas[name] = (await session.readSchema(dataset, name)) ?? null;
  return { state: await readStateText(session, dataset, pipelineName), schemas };
}

/** What a function's closure held cannot be compared, so the user is told that this call's was not asked. */
function notReadAgain({ run }: LoadPackage): Warning {
  return {
    code: "not-read-again",
    message: `This call finished load ${run.loadId}, which an earlier call, begun at ${run.startedAt}, had read to its end; the sources were not read again. Run once more for what is newer`,
  };
}

/** Asks the destination about stored values while extraction goes on; opened with the first question only. */
class Probe {
  private readonly destination: Destination;
  private readonly dataset: string;
  private readonly signal: AbortSignal;
  private session: Promise<DestinationSession> | undefined;

  /** `signal` ends a wait for the destination, and a question that it takes long to answer. */
  constructor(destination: Destination, dataset: string, signal: AbortSignal) {
    this.destination = destination;
    this.dataset = dataset;
    this.signal = signal;
  }

  async isExactAsDouble(table: string, column: string): Promise<boolean> {
    this.session ??= this.destination.open(this.signal);
    const session = await this.session;
    const interrupt = (): void => session.interrupt();
    this.signal.addEventListener("abort", interrupt, { once: true });
    try {
      return await session.isExactAsDouble(this.dataset, table, column);
    } finally {
      this.signal.removeEventListener("abort", interrupt);
    }
  }

  /** One that could not be opened was told to who asked. */
  async close(): Promise<void> {
    const session = await this.session?.catch(() => undefined);
    await session?.close();
  }
}

function hasCommitted(pkg: LoadPackage): boolean {
  return pkg.segments.all.length > 0;
}
