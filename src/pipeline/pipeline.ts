import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isSluiceError, messageOf } from "../core/errors.js";
import { lockHolder, type ProcessLock } from "../core/process-lock.js";
import type { ProgressListener } from "../core/events.js";
import { faultPoint } from "../core/fault-point.js";
import type { Destination } from "../destinations/destination.js";
import { resolveDestination } from "../destinations/resolve.js";
import { DEFAULT_PIPELINES_DIR, PipelineLayout } from "../package/layout.js";
import { PackageError } from "../package/errors.js";
import { assertHeld, lockPipeline } from "../package/lock.js";
import { PackageStore, type PackageSummary } from "../package/package-store.js";
import type { Concurrency } from "../extract/budget.js";
import type { SnakeHints } from "../extract/hints.js";
import type { SnakeCased } from "../rest/canonical.js";
import { namingConvention, normalizeSchemaName } from "../schema/naming/registry.js";
import type { StoredSchema } from "../schema/model.js";
import { type RunData, toSources } from "./data.js";
import { Dataset } from "./dataset.js";
import { EarlySession } from "./early-session.js";
import type { LoadInfo, LoadInfoFields } from "./load-info.js";
import { type PipelineOptions, pipelineOptions, type RunOptions, runOptions } from "./pipeline-options.js";
import { exportSchema, importSchemas } from "./schema-folder.js";
import { SchemaStore } from "./schema-store.js";
import { PipelineState } from "./state.js";
import { TellingDestination } from "./telling-destination.js";
import { Trace } from "./trace.js";
import { withSession } from "./with-session.js";

/** Requests in flight at the same time when nothing is configured. */
const DEFAULT_CONCURRENCY: Concurrency = { start: 8, most: 16 };

/** A process that works on a pipeline. */
export interface RunningProcess {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601 UTC. */
  readonly since: string;
}

/** Loads sources into one dataset of one destination, and remembers how far it came. */
export class Pipeline {
  readonly pipelineName: string;
  readonly datasetName: string;
  readonly destination: Destination;
  private readonly options: PipelineOptions;
  private readonly layout: PipelineLayout;
  private trace: Trace | undefined;

  constructor(given: PipelineOptions | SnakeCased<PipelineOptions>) {
    const options = pipelineOptions(given);
    this.options = options;
    this.pipelineName = options.pipelineName;
    const dataset = options.datasetName ?? `${options.pipelineName}_dataset`;
    this.datasetName = namingConvention("snake_case").identifier(
      options.devMode === true ? `${dataset}_${timestamp()}` : dataset,
    );
    this.destination = resolveDestination(options.destination, { pipelineName: options.pipelineName });
    this.layout = new PipelineLayout(options.pipelinesDir ?? DEFAULT_PIPELINES_DIR, options.pipelineName);
  }

  /**
   * Reads `data` and loads it. An earlier call that was interrupted is brought to its end first; when that was the same
   * call (same sources, configuration and destination), its outcome is returned with `resumed: true`.
   *
   * @throws ConfigError, ExtractError, PublishError, PipelineLockedError, CancelledError and other `SluiceError`s. After
   *   any of them the destination holds what it held before, and running again goes on from the last committed page.
   */
  async run(data: RunData, options: RunOptions | SnakeHints<RunOptions> = {}): Promise<LoadInfo> {
    const given = runOptions(options);
    const { refresh, resume, limit, signal = new AbortController().signal, progress, ...hints } = given;
    const { naming } = this.options;
    let sources = toSources(data, hints, this.defaultSchema).map((source) => source.namedBy(naming));
    if (limit !== undefined) sources = sources.map((source) => source.limit(limit));
    const trace = new Trace(this.pipelineName);
    this.trace = trace;
    const { importSchemaPath, concurrency } = this.options;
    const imported =
      importSchemaPath === undefined
        ? {}
        : await importSchemas(
            importSchemaPath,
            sources.map((source) => source.name),
          );
    return this.locked(async (store) => {
      const onEvent = guarded(progress ?? this.options.progress);
      const destination = new TellingDestination(this.destination, onEvent);
      const early = new EarlySession(destination, signal);
      // Otherwise sources may be read on before anything is asked.
      if (await store.isEmpty()) await early.open();
      try {
        const { Runner } = await import("./runner.js"); // Most of sluice: loaded when something runs.
        const runner = new Runner(
          {
            pipelineName: this.pipelineName,
            dataset: this.datasetName,
            destination,
            early,
            sources,
            refresh: refresh ?? this.options.refresh,
            resume: resume ?? true,
            imported,
            concurrency: concurrency === undefined ? DEFAULT_CONCURRENCY : { start: concurrency, most: concurrency },
            signal,
            onEvent,
            trace,
            onLoaded: (info, schemas) => this.rememberRun(info, schemas),
          },
          store,
        );
        const info = await runner.run();
        trace.loadInfo = info;
        return info;
      } finally {
        await early.close();
      }
    });
  }

  /** Reads back what was loaded. */
  dataset(): Dataset {
    return new Dataset(this.destination, this.datasetName);
  }

  /** The versions of the dataset's schemas. */
  get schemas(): SchemaStore {
    return new SchemaStore(this.dataset());
  }

  /** What the last call of `run()` on this object spent its time on; undefined before the first. */
  get lastTrace(): Trace | undefined {
    return this.trace;
  }

  /** The state as the destination holds it (cursors, resources' own state), in dlt's form; undefined before the first load. */
  get state(): Promise<Record<string, unknown> | undefined> {
    return withSession(this.destination, async (session) => {
      const row = await session.readState(this.datasetName, this.pipelineName);
      return row === undefined ? undefined : PipelineState.fromRow(row).toObject();
    });
  }

  /** Packages of interrupted or refused runs, oldest first. */
  async pending(): Promise<PackageSummary[]> {
    return new PackageStore(this.layout).summaries();
  }

  /** The process that runs this pipeline now, this one included; undefined when none does. */
  async runningProcess(): Promise<RunningProcess | undefined> {
    const holder = await lockHolder(this.layout.lockFile);
    return holder === undefined ? undefined : { pid: holder.pid, host: holder.host, since: holder.since };
  }

  /** Drops packages in flight. The cursor never moved, so their rows are read again. Returns their load ids. */
  async dropPending(): Promise<string[]> {
    return this.locked((store) => store.dropAll());
  }

  /** Load info of the last finished run on this machine. */
  async lastRun(): Promise<LoadInfoFields | undefined> {
    try {
      return JSON.parse(await readFile(this.layout.lastRunFile, "utf8")) as LoadInfoFields;
    } catch {
      return undefined; // Never ran here, or the file was removed: both mean that nothing is known.
    }
  }

  /** Removes the dataset with all its tables and everything in flight: the next run starts from nothing. */
  async drop(): Promise<void> {
    await this.locked(async (store) => {
      await store.dropAll();
      await withSession(this.destination, (session) => session.dropDataset(this.datasetName));
    });
  }

  /** dlt's default schema name: the pipeline's name in snake_case without a trailing `_pipeline`. */
  private get defaultSchema(): string {
    return normalizeSchemaName(this.pipelineName).replace(/_pipeline$/, "");
  }

  /** For people only: a file that cannot be written must not make a failure of a load that succeeded. */
  private async rememberRun(info: LoadInfo, schemas: readonly StoredSchema[]): Promise<void> {
    const { lastRunFile } = this.layout;
    try {
      faultPoint("last-run-write");
      await writeFile(`${lastRunFile}.new`, `${JSON.stringify(info, undefined, 2)}\n`);
      faultPoint("last-run-rename");
      await rename(`${lastRunFile}.new`, lastRunFile);
    } catch (error) {
      notWritten(lastRunFile, error);
    }
    const { exportSchemaPath: folder } = this.options;
    if (folder === undefined) return;
    for (const schema of schemas) {
      await exportSchema(folder, schema).catch((error: unknown) =>
        notWritten(`the schema ${schema.name} in ${folder}`, error),
      );
    }
  }

  private async locked<T>(use: (store: PackageStore) => Promise<T>): Promise<T> {
    const lock = await this.acquireLock();
    const store = new PackageStore(this.layout, {
      syncIntervalMs: (this.options.syncInterval ?? 1) * 1000,
      assertOwn: () => assertHeld(lock, this.pipelineName),
    });
    try {
      return await use(store);
    } finally {
      // In this order: a process that dies in between leaves a published package, which answers for its call.
      lock.release();
      store.finish();
    }
  }

  private async acquireLock(): Promise<ProcessLock> {
    try {
      await mkdir(this.layout.root, { recursive: true });
      return await lockPipeline(this.layout.lockFile, this.pipelineName);
    } catch (error) {
      if (isSluiceError(error)) throw error;
      throw new PackageError(`The work directory ${this.layout.root} cannot be used: ${messageOf(error)}`, {
        cause: error,
        hint: "Give a writable `pipelinesDir` (CLI: --pipelines-dir), or free space on the disk.",
      });
    }
  }
}

/** Makes a pipeline, from options in camelCase or snake_case. Nothing is opened or created before `run`. */
export function pipeline(options: PipelineOptions | SnakeCased<PipelineOptions>): Pipeline {
  return new Pipeline(options);
}

function notWritten(what: string, error: unknown): void {
  process.emitWarning(`sluice: ${what} cannot be written: ${messageOf(error)}`);
}

let lastTimestamp = 0;

/** `YYYYMMDDhhmmss`, in this process never the same twice: datasets of their own must not meet. */
function timestamp(): string {
  lastTimestamp = Math.max(Math.floor(Date.now() / 1000), lastTimestamp + 1);
  return new Date(lastTimestamp * 1000).toISOString().replace(/\D/g, "").slice(0, 14);
}

/** A listener that throws must not change what is loaded; it is told once that it does. */
function guarded(listener: ProgressListener | undefined): ProgressListener {
  let warned = false;
  return (event) => {
    try {
      listener?.(event);
    } catch (error) {
      if (!warned) process.emitWarning(`sluice: the progress listener threw: ${messageOf(error)}`);
      warned = true;
    }
  };
}
