/** What a tool's process is told, as a JSON file whose path is its only argument. */
export interface Job {
  /** URL of the module that offers sluice's public interface; only for sluice and its previous release. */
  readonly sdk: string | null;
  /** dlt's load file format; null leaves dlt's default, `insert_values`. */
  readonly loaderFileFormat: "parquet" | null;
  /** A declarative REST source in dlt's words, the same document for every tool. */
  readonly source: RestSource;
  /** How many times `run` is called; the second call loads the same rows onto the first ones. */
  readonly runs: number;
  /** Empty folder of this measurement. */
  readonly folder: string;
  /** The DuckDB file to make. */
  readonly database: string;
  readonly dataset: string;
  /** Where the process writes its {@link Figures}, as JSON. */
  readonly figures: string;
}

/** The part of dlt's REST configuration that the cells use. */
export interface RestSource {
  readonly client: { readonly base_url: string };
  readonly resources: readonly RestResource[];
}

export interface RestResource {
  readonly name: string;
  readonly primary_key?: string;
  readonly write_disposition?: "append" | "merge";
  readonly endpoint: {
    readonly path: string;
    readonly data_selector?: string;
    readonly paginator?: Readonly<Record<string, string | number | null>>;
  };
}

/** What a measured process leaves behind. */
export interface Figures {
  /** Of each call of `run`: imports, start of the process and end of it are not in it. */
  readonly seconds: readonly number[];
  /** User and system time of the whole process. */
  readonly cpuSeconds: number;
  /** The most resident memory that the process has had. */
  readonly peakMB: number;
  /** The longest time for which the event loop of a Node process stood still; other tools do not say. */
  readonly stallMs?: number;
}
