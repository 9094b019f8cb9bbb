import type * as jsonP3 from "json-p3";
import { lazyModule } from "../core/lazy-module.js";
import { badPath, bracketed, splitPath, textOf, type Segment, type SimpleSegment } from "./json-path-syntax.js";

/** A JSONPath that was checked and prepared once. */
export interface CompiledPath {
  /** As it was written. */
  readonly path: string;
  /** All matches in document order. */
  find(value: unknown): unknown[];
  /** The first match; undefined when there is none. */
  first(value: unknown): unknown;
  /** True when finding nothing in `value` needs no explanation: the list that a wildcard or filter goes over is there but empty, or filtered. */
  mayBeEmpty(value: unknown): boolean;
  /** True when what it finds may be parts of the elements of a list, not the elements: `data[*].user`, `$..tags`. */
  readonly findsParts: boolean;
}

const library = lazyModule<typeof jsonP3>("json-p3");
let environment: jsonP3.JSONPathEnvironment | undefined;

/**
 * Compiles a JSONPath (RFC 9535), with or without the leading `$`. Without it dlt's shorter forms are understood:
 * `a.b`, `many-results`, `['a b'].c`, `edges[*].node`, `a[0]`, `@odata.nextLink` (one key). A dot always separates keys;
 * a key that contains one is written in brackets and quotes.
 *
 * Keys, positions and wildcards are evaluated here, everything else (filters, slices, `..`) by json-p3.
 *
 * @throws ConfigError when the path is not valid.
 */
export function compilePath(path: string): CompiledPath {
  const segments = splitPath(path);
  const head: SimpleSegment[] = [];
  for (const segment of segments) {
    if (segment.kind === "other") return new QueryPath(path, head, segments.slice(head.length));
    head.push(segment);
  }
  return new SimplePath(path, head);
}

/** The path of exactly these keys, whatever characters they contain. Shown as `a.b`, or in brackets where a key needs it. */
export function pathOfKeys(keys: readonly string[]): CompiledPath {
  const text = keys.map((key, i) =>
    /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key) ? (i === 0 ? key : `.${key}`) : bracketed(key),
  );
  return new SimplePath(
    keys.length === 0 ? "$" : text.join(""),
    keys.map((key) => ({ kind: "key", key })),
  );
}

/** Keys, positions and wildcards only. */
class SimplePath implements CompiledPath {
  readonly path: string;
  readonly findsParts: boolean;
  readonly #segments: readonly SimpleSegment[];
  readonly #single: boolean;

  constructor(path: string, segments: readonly SimpleSegment[]) {
    this.path = path;
    this.#segments = segments;
    this.#single = segments.every((segment) => segment.kind !== "all");
    this.findsParts = segments.slice(0, -1).some((segment) => segment.kind === "all");
  }

  find(value: unknown): unknown[] {
    if (!this.#single) return this.#walk(value).found;
    const found = this.first(value);
    return found === undefined ? [] : [found];
  }

  first(value: unknown): unknown {
    if (!this.#single) return this.find(value)[0];
    let current = value;
    for (const segment of this.#segments) {
      current = segment.kind === "all" ? undefined : stepInto(current, segment);
      if (current === undefined) return undefined;
    }
    return current;
  }

  mayBeEmpty(value: unknown): boolean {
    const { found, stoppedAt } = this.#walk(value);
    return found.length === 0 && stoppedAt?.kind === "all";
  }

  /** All matches, and the segment after which there were none. */
  #walk(value: unknown): { found: unknown[]; stoppedAt?: SimpleSegment } {
    let found: unknown[] = [value];
    for (const segment of this.#segments) {
      const next: unknown[] = [];
      for (const item of found) {
        if (segment.kind === "all") for (const member of membersOf(item)) next.push(member);
        else {
          const member = stepInto(item, segment);
          if (member !== undefined) next.push(member);
        }
      }
      found = next;
      if (found.length === 0) return { found, stoppedAt: segment };
    }
    return { found };
  }
}

/** Paths with a part that only json-p3 understands; `head` is what comes before it. */
class QueryPath implements CompiledPath {
  readonly path: string;
  readonly findsParts: boolean;
  readonly #head: SimplePath;
  readonly #query: jsonP3.JSONPathQuery;
  readonly #descends: boolean;

  constructor(path: string, head: readonly SimpleSegment[], rest: readonly Segment[]) {
    this.path = path;
    this.#head = new SimplePath(path, head);
    // The whole path: a `$` inside a filter means the root of the document.
    this.#query = compileQuery(path, `$${[...head, ...rest].map(textOf).join("")}`);
    this.#descends = rest.some((segment) => segment.kind === "other" && segment.text.startsWith(".."));
    this.findsParts = this.#descends || rest.length > 1 || head.some((segment) => segment.kind === "all");
  }

  find(value: unknown): unknown[] {
    // json-p3's type for its input leaves out bigint, which it only compares.
    const input = value as jsonP3.JSONValue;
    try {
      return this.#query.query(input).values();
    } catch (error) {
      // It passes matches as arguments, of which some 100,000 find room on the stack. Walking lazily is slower and has no such bound.
      if (!(error instanceof RangeError)) throw error;
      return Array.from(this.#query.lazyQuery(input), (node) => node.value);
    }
  }

  first(value: unknown): unknown {
    return this.#query.match(value as jsonP3.JSONValue)?.value;
  }

  mayBeEmpty(value: unknown): boolean {
    return !this.#descends && this.#head.find(value).length > 0;
  }
}

function stepInto(value: unknown, segment: SimpleSegment): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return segment.kind === "index" ? (value as unknown[]).at(segment.index) : undefined;
  if (segment.kind !== "key") return undefined;
  return Object.hasOwn(value, segment.key) ? (value as Record<string, unknown>)[segment.key] : undefined;
}

function membersOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function compileQuery(path: string, query: string): jsonP3.JSONPathQuery {
  try {
    environment ??= new (library().JSONPathEnvironment)({ maxRecursionDepth: 2000 });
    return environment.compile(query);
  } catch (cause) {
    throw badPath(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
