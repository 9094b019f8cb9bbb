import { createHash, randomUUID } from "node:crypto";
import { ConfigError, excerpt } from "../core/errors.js";
import { functionText, isFunction } from "../core/function-text.js";
import type { Row } from "../core/json.js";
import { jsonText } from "../core/json-text.js";
import { checkedHints } from "./checked-hints.js";
import type { NamingName } from "../schema/naming/registry.js";
import type { ResourceHints, SchemaContractHint, SnakeHints } from "./hints.js";
import {
  incremental as checkedCursor,
  type IncrementalOptions,
  type IncrementalSnakeOptions,
} from "./incremental/incremental.js";
import type { IncrementalConfig } from "./incremental/incremental-run.js";
import { ListReader } from "./list-reader.js";
import type { Reader, ReadContext } from "./reader.js";
import { type OnError, Resource } from "./resource.js";
import { Source } from "./source.js";

/** Options of {@link resource}: a name, and hints as in the REST API config. */
export interface ResourceOptions extends ResourceHints {
  readonly name: string;
  /** What `incremental()` makes, or its options. */
  readonly incremental?: IncrementalConfig | IncrementalOptions | IncrementalSnakeOptions;
  /** False: only feeds children, is not loaded. Default true. */
  readonly selected?: boolean;
  /** Default `fail`. */
  readonly onError?: OnError;
}

/** The options that are no hints. */
const OWN_OPTIONS = ["name", "incremental", "selected", "onError"] as const;

/** What a user's generator receives: the cursor with its frozen start, the resource's state, the signal of the run. */
export type ResourceContext = Pick<ReadContext, "incremental" | "now" | "signal" | "state">;

/** Rows, or pages of rows. */
type RowSequence<T> = Iterable<T | readonly T[]> | AsyncIterable<T | readonly T[]>;

/** Rows, or pages of rows, from a list, an iterable, or a function that makes one (or a promise of one) for each run. */
export type ResourceData<T> =
  | readonly T[]
  | RowSequence<T>
  | ((context: ResourceContext) => RowSequence<T> | Promise<RowSequence<T>>);

/**
 * A resource of your own: a list, an iterable, or a (preferably async) generator function.
 *
 * A generator function is called once per run and may yield rows or pages (lists of rows). An interrupted run calls it
 * again from its start; a list goes on where it stopped. An iterable that is not a function can be read once only.
 *
 * @example
 * const events = resource({ name: "events", primaryKey: "id", writeDisposition: "merge" }, async function* ({ incremental }) {
 *   for await (const page of client.paginate("/events", { params: { since: incremental?.startValue } })) yield page;
 * });
 */
export function resource<T = Row>(
  options: ResourceOptions | SnakeHints<ResourceOptions>,
  data: ResourceData<T>,
): Resource<T> {
  const given = checkedHints<ResourceOptions>(options, `resource ${excerpt(options.name)}`, OWN_OPTIONS);
  const { name, incremental: cursor, selected, onError, ...hints } = given;
  const incremental = cursor === undefined ? undefined : checkedCursor(cursor);
  assertOwnCursor(name, incremental);
  return new Resource<T>({
    name,
    reader: readerOf(name, data),
    hints,
    steps: [],
    selected: selected ?? true,
    onError: onError ?? "fail",
    ...(incremental === undefined ? {} : { incremental }),
    fingerprint: dataFingerprint(data),
  });
}

/** Options of {@link source}. */
export interface SourceSettings {
  readonly name: string;
  /** Default for resources that say nothing: 0 keeps nested values as JSON. */
  readonly maxTableNesting?: number;
  readonly rootKey?: boolean;
  readonly schemaContract?: SchemaContractHint;
  /** How tables and columns are named; see {@link PipelineOptions.naming}. */
  readonly naming?: NamingName;
}

/** Groups resources under one schema and one place in the state. */
export function source(settings: SourceSettings, resources: readonly Resource<unknown>[]): Source {
  return new Source({ ...settings, resources });
}

/** What only a reader that makes its own requests can do. */
function assertOwnCursor(name: string, incremental: IncrementalConfig | undefined): void {
  for (const key of ["window", "cursorScope"] as const) {
    const value = incremental?.[key];
    if (value === undefined || value === "resource") continue;
    throw new ConfigError(
      `\`${key}\` is for endpoints of a REST API; your own code decides what resource "${name}" asks for`,
      {
        resource: name,
        path: `incremental.${key}`,
        hint: "Remove it, and ask for what is new from `incremental.startValue` on.",
      },
    );
  }
}

function readerOf(name: string, data: unknown): Reader {
  if (Array.isArray(data)) return new ListReader(data);
  if (typeof data === "function") {
    return {
      kind: "iterable",
      open: (context) => {
        const result: unknown = data(context);
        return result instanceof Promise ? promised(name, result) : iterable(name, result);
      },
    };
  }
  if (isIterable(data)) return { kind: "iterable", open: () => data };
  throw new ConfigError(`Resource "${name}" cannot read ${excerpt(data)}`, {
    resource: name,
    hint: "Give a list of objects, an (async) iterable, or a generator function.",
  });
}

/** What a function has returned. */
function iterable(name: string, result: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (isIterable(result)) return result;
  throw new ConfigError(
    `The function of resource "${name}" returned ${excerpt(result)} and nothing that can be iterated`,
    { resource: name, hint: "Make it a generator (`function*` or `async function*`), or return a list." },
  );
}

async function* promised(name: string, result: Promise<unknown>): AsyncGenerator {
  const rows = iterable(name, await result);
  yield* Array.isArray(rows) ? new ListReader(rows).pages() : rows;
}

/** True for lists, generators and other (async) iterables; not for strings. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/**
 * A list is known by its content, a function by its text. Functions without a text of their own (bound ones) and
 * running iterators can never be recognised.
 */
function dataFingerprint(data: unknown): string {
  if (isFunction(data)) return functionText(data);
  if (!Array.isArray(data)) return randomUUID();
  const hash = createHash("sha256");
  for (const row of data) hash.update(`${jsonText(row)}\n`);
  return hash.digest("hex");
}
