import { ConfigError, excerpt } from "../core/errors.js";
import type { ProgressListener } from "../core/events.js";
import type { Destination } from "../destinations/destination.js";
import type { SnakeHints } from "../extract/hints.js";
import type { SnakeCased } from "../rest/canonical.js";
import { type NamingName, namingConvention } from "../schema/naming/registry.js";
import type { RunHints } from "./data.js";
import { camelOptions } from "./options.js";
import { checkRefresh, type Refresh } from "./refresh.js";

export interface PipelineOptions {
  /** Identity of the pipeline: names its state, its work directory, and by default its dataset and database file. */
  readonly pipelineName: string;
  /** `"duckdb"` (file `<pipelineName>.duckdb`), a URL such as `duckdb:///data/my.duckdb`, or `duckdb("my.duckdb")`. */
  readonly destination: string | Destination;
  /** Default `<pipelineName>_dataset`. */
  readonly datasetName?: string;
  /** Where packages in flight are kept. Default `.sluice/pipelines` in the working directory. Deleting it loses at most unpublished work. */
  readonly pipelinesDir?: string;
  /** True: every pipeline object loads into a dataset of its own, `<datasetName>_<YYYYMMDDhhmmss>`, from scratch. */
  readonly devMode?: boolean;
  /**
   * How tables and columns are named after what the API calls them, for sources that say nothing: `snake_case` (the
   * default), `direct` (as they are), `duck_case` (nearly so), `sql_cs_v1` and `sql_ci_v1` (letters, digits and underscores;
   * the latter in lower case). A source that was loaded keeps its naming; `refresh: "drop_sources"` changes it.
   */
  readonly naming?: NamingName;
  /** For every run of this pipeline; see {@link RunOptions.refresh}. */
  readonly refresh?: Refresh;
  /** A folder with `<source>.schema.yaml`: tables, columns and settings to begin with. Hints in the code win over it. Default: none. */
  readonly importSchemaPath?: string;
  /** A folder into which `<source>.schema.yaml` is written after each load that changed it. Default: none. */
  readonly exportSchemaPath?: string;
  /** Requests in flight at the same time. Default: 8 at first, one more after each round of answers, up to 16. */
  readonly concurrency?: number;
  /**
   * Seconds between two moments at which what was read is forced to the disk, default 1. A killed process loses nothing of
   * it; a power cut costs at most the pages of this span, which are read again. 0: after every page.
   */
  readonly syncInterval?: number;
  readonly progress?: ProgressListener;
}

export interface RunOptions extends RunHints {
  /**
   * Start over: `drop_sources` drops all tables and state of the sources, `drop_resources` those of the selected
   * resources, `drop_data` empties their tables and resets their state. Happens in the publish, together with the new rows.
   */
  readonly refresh?: Refresh;
  /**
   * False: a run that was interrupted is not continued; its package is set aside and everything is read afresh from the
   * cursor. A load that was read to its end is published first all the same. Default true.
   */
  readonly resume?: boolean;
  /** At most so many pages per resource (per parent row for child resources). The cursor does not advance over what was left out. */
  readonly limit?: number;
  /** Cancels the run: what was committed stays, and the next run goes on from there. */
  readonly signal?: AbortSignal;
  readonly progress?: ProgressListener;
}

/** Every option, so that a misspelt one is recognised; a new one without an entry here does not compile. */
const PIPELINE_OPTIONS: Readonly<Record<keyof PipelineOptions, true>> = {
  pipelineName: true,
  destination: true,
  datasetName: true,
  pipelinesDir: true,
  devMode: true,
  naming: true,
  refresh: true,
  importSchemaPath: true,
  exportSchemaPath: true,
  concurrency: true,
  syncInterval: true,
  progress: true,
};
const RUN_OPTIONS: Readonly<Record<keyof RunOptions, true>> = {
  tableName: true,
  writeDisposition: true,
  primaryKey: true,
  mergeKey: true,
  columns: true,
  schemaContract: true,
  refresh: true,
  resume: true,
  limit: true,
  signal: true,
  progress: true,
};

/** The options of `pipeline()` in camelCase. Throws `ConfigError` for what is misspelt or impossible. */
export function pipelineOptions(given: PipelineOptions | SnakeCased<PipelineOptions>): PipelineOptions {
  // What `definePipeline` returns may be given whole: its `source` is for `run`.
  const options = camelOptions<PipelineOptions>(given, { ...PIPELINE_OPTIONS, source: true }, "pipeline()");
  if (typeof options.pipelineName !== "string" || options.pipelineName.trim() === "")
    throw new ConfigError("A pipeline needs a name", { hint: 'Give `pipelineName`, for example "github".' });
  const { concurrency, syncInterval } = options;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0))
    throw new ConfigError(`concurrency must be a whole number from 1, not ${excerpt(concurrency)}`);
  if (syncInterval !== undefined && !(syncInterval >= 0))
    throw new ConfigError(`syncInterval must be a number of seconds, not ${excerpt(syncInterval)}`);
  checkRefresh(options.refresh, "pipeline()");
  if (options.naming !== undefined) namingConvention(options.naming);
  return options;
}

/** The options of `run()` in camelCase. Throws `ConfigError` for what is misspelt or impossible. */
export function runOptions(given: RunOptions | SnakeHints<RunOptions>): RunOptions {
  const options = camelOptions<RunOptions>(given, RUN_OPTIONS, "run()");
  checkRefresh(options.refresh, "run()");
  return options;
}
