import { ConfigError, excerpt } from "../core/errors.js";
import { checkedHints } from "../extract/checked-hints.js";
import { isIterable, resource, type ResourceData } from "../extract/define.js";
import type { ColumnHints, ResourceHints, SchemaContractHint } from "../extract/hints.js";
import { Resource } from "../extract/resource.js";
import { Source } from "../extract/source.js";

/** What `run` accepts: a source, a resource, a list of those, or rows as a list, an (async) iterable or a generator function of objects or pages. */
export type RunData = Source | Resource<unknown> | readonly (Source | Resource<unknown>)[] | ResourceData<unknown>;

/** Hints given to `run`; they win over those of the resources. */
export interface RunHints {
  /** Needed when the data is a bare list or iterable. */
  readonly tableName?: string;
  readonly writeDisposition?: NonNullable<ResourceHints["writeDisposition"]>;
  readonly primaryKey?: string | readonly string[];
  readonly mergeKey?: string | readonly string[];
  readonly columns?: ColumnHints;
  readonly schemaContract?: SchemaContractHint;
}

/** Brings whatever `run` was given into sources. Loose resources share one source with the pipeline's default schema. */
export function toSources(data: RunData, given: RunHints, defaultSchema: string): Source[] {
  const hints = checkedHints<RunHints>(given, "run()");
  const parts = Array.isArray(data) && data.length > 0 && data.every(isPart) ? data : [data];
  const sources = parts.filter((part) => part instanceof Source);
  const loose = parts.filter((part) => part instanceof Resource);
  const rest = parts.filter((part) => !isPart(part));
  for (const rows of rest) loose.push(rowsResource(rows, hints));
  const named = loose.length === 0 ? sources : [...sources, new Source({ name: defaultSchema, resources: loose })];
  assertDistinct(named);
  return named.map((source) => withHints(source, hints).mapResources(notSkipped));
}

function isPart(value: unknown): value is Source | Resource<unknown> {
  return value instanceof Source || value instanceof Resource;
}

function rowsResource(rows: unknown, hints: RunHints): Resource<unknown> {
  if (typeof rows !== "function" && !isIterable(rows)) {
    throw new ConfigError(`run() cannot load ${excerpt(rows)}`, {
      hint: "Give a source, a resource, a list of objects, or an (async) iterable of objects. A single object goes into a list: run([object], { tableName }).",
    });
  }
  if (hints.tableName === undefined) {
    throw new ConfigError("run() was given bare rows and does not know the table to load them into", {
      hint: 'Add a table name: run(rows, { tableName: "users" }), or make a resource: resource({ name: "users" }, rows).',
    });
  }
  return resource({ name: hints.tableName }, rows as ResourceData<unknown>); // `resource` says what a function must return.
}

function withHints(source: Source, hints: RunHints): Source {
  return Object.keys(hints).length === 0 ? source : source.mapResources((r) => r.withHints(hints));
}

/** `skip`: not loaded, read only where children need it, and its cursor stays, so that a later run finds all rows. */
function notSkipped(resource: Resource<unknown>): Resource<unknown> {
  const { writeDisposition } = resource.definition.hints;
  const disposition = typeof writeDisposition === "object" ? writeDisposition.disposition : writeDisposition;
  return disposition === "skip" ? resource.with({ selected: false, leftOut: true }) : resource;
}

function assertDistinct(sources: readonly Source[]): void {
  const names = sources.map((source) => source.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new ConfigError(`run() was given two sources named "${twice}"`, {
    hint: 'Sources share a schema and a state by their name: give each its own, for example restApiSource(config, { name: "…" }).',
  });
}
