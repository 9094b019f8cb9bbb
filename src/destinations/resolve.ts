import { ConfigError, excerpt } from "../core/errors.js";
import type { Destination } from "./destination.js";
import { duckdb } from "./duckdb/index.js";

/** Makes a destination of a URL, or of nothing but its defaults; by the engine's name, which is also the URL scheme. */
const ENGINES = new Map<string, (url?: string) => Destination>([["duckdb", duckdb]]);

/**
 * The destination of a pipeline: an engine's name (`"duckdb"`: the file `<pipelineName>.duckdb`), a URL
 * (`"duckdb:///data/my.duckdb"`), the path of a database file (`"my.duckdb"`), or a destination that was made already.
 * Throws `ConfigError` for anything else.
 */
export function resolveDestination(
  destination: string | Destination,
  { pipelineName }: { readonly pipelineName: string },
): Destination {
  const made = typeof destination === "string" ? fromText(destination) : destination;
  return made.forPipeline?.(pipelineName) ?? made;
}

function fromText(text: string): Destination {
  const named = ENGINES.get(text);
  if (named !== undefined) return named();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  const engine = scheme === undefined ? undefined : ENGINES.get(scheme.toLowerCase());
  if (engine !== undefined) return engine(text);
  if (/\.(duckdb|ddb|db)$/i.test(text)) return duckdb(text);
  throw new ConfigError(`${excerpt(text)} is not a known destination`, {
    path: "destination",
    hint: `Give the name of an engine (${[...ENGINES.keys()].join(", ")}), a URL such as duckdb:///data/my.duckdb, or a file such as my.duckdb.`,
  });
}
