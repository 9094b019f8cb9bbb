import { inspect } from "node:util";
import { plural } from "../core/count-text.js";
import type { ResourceCounters } from "../core/events.js";
import type { StopReason } from "../core/stop.js";
import { WAIT_REASONS, type WaitReason, type WaitTimes } from "../core/waits.js";
import type { Warning } from "../core/warnings.js";

/** What one resource did in a run. */
export interface ResourceInfo extends ResourceCounters {
  /** Why its pages ended. */
  readonly stop: StopReason;
  /** JSONPaths of the places where its rows were found, when no `dataSelector` said it; `$` is the whole body. */
  readonly rowsAt?: readonly string[];
  /** The paginator's config as it was recognised from the first response; absent where it is configured. */
  readonly recognised?: string;
}

export interface LoadInfoFields {
  readonly pipelineName: string;
  readonly datasetName: string;
  /** Where the data went, without secrets. */
  readonly destination: string;
  readonly loadId: string;
  /** True when this call finished (or found finished) a run that an earlier call had begun. */
  readonly resumed: boolean;
  /** Rows per table in this load: as they were read, before a merge put equal keys together. */
  readonly tables: Readonly<Record<string, number>>;
  /** By resource name; `source.resource` where two sources have a resource of that name. */
  readonly resources: Readonly<Record<string, ResourceInfo>>;
  /** Rows and values that a schema contract dropped, per table. */
  readonly dropped: {
    readonly rows: Readonly<Record<string, number>>;
    readonly values: Readonly<Record<string, number>>;
  };
  readonly warnings: readonly Warning[];
  /** ISO 8601 UTC. Of the first call, when the run was resumed. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

const STOP_TEXT: Readonly<Record<StopReason, string>> = {
  "no-next": "no next page",
  "single-page": "single page",
  "total-reached": "total reached",
  "empty-page": "empty page",
  "has-more-false": "API says no more",
  "maximum-reached": "configured maximum reached",
  limit: "limit reached, more may exist",
  "row-order": "rows out of the cursor's range",
  ignored: "by a response action",
  exhausted: "all read",
  undetected: "no pagination recognised: one page",
  skipped: "FAILED and skipped",
};

/** Outcome of `run()`: what was loaded, how it ended, what deserves attention. `String(info)` says it in words. */
export class LoadInfo implements LoadInfoFields {
  readonly pipelineName: string;
  readonly datasetName: string;
  readonly destination: string;
  readonly loadId: string;
  readonly resumed: boolean;
  readonly tables: Readonly<Record<string, number>>;
  readonly resources: Readonly<Record<string, ResourceInfo>>;
  readonly dropped: LoadInfoFields["dropped"];
  readonly warnings: readonly Warning[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly #fields: LoadInfoFields;

  constructor(fields: LoadInfoFields) {
    this.#fields = fields;
    this.pipelineName = fields.pipelineName;
    this.datasetName = fields.datasetName;
    this.destination = fields.destination;
    this.loadId = fields.loadId;
    this.resumed = fields.resumed;
    this.tables = fields.tables;
    this.resources = fields.resources;
    this.dropped = fields.dropped;
    this.warnings = fields.warnings;
    this.startedAt = fields.startedAt;
    this.finishedAt = fields.finishedAt;
    Object.defineProperty(this, inspect.custom, { value: () => this.toString() }); // `console.log(info)` prints the words.
  }

  /** Several lines for people. */
  toString(): string {
    const seconds = (Date.parse(this.finishedAt) - Date.parse(this.startedAt)) / 1000;
    const taken = `${seconds.toFixed(2)} s`;
    // It may have been begun hours ago: what this call took is not known here.
    const time = this.resumed ? `, ${taken} after it was first started` : ` in ${taken}`;
    const lines = [
      `Pipeline ${this.pipelineName} loaded ${plural(totalRows(this.tables), "row")} into dataset ${this.datasetName} at ${this.destination}${time}`,
      `Load ${this.loadId} is LOADED${this.resumed ? " (it continued a run that was interrupted)" : ""}`,
    ];
    const tables = Object.entries(this.tables);
    lines.push(
      tables.length === 0 ? "No table received rows." : "Tables:",
      ...aligned(tables.map(([name, rows]) => [name, plural(rows, "row")])),
    );
    const resources = Object.entries(this.resources);
    if (resources.length > 0)
      lines.push("Resources:", ...aligned(resources.map(([name, info]) => [name, describe(info)])));
    for (const [table, rows] of Object.entries(this.dropped.rows))
      lines.push(`Contract: ${plural(rows, "row")} of ${table} dropped`);
    for (const [table, values] of Object.entries(this.dropped.values))
      lines.push(`Contract: ${plural(values, "value")} of ${table} dropped`);
    if (this.warnings.length > 0)
      lines.push(
        `Warnings (${this.warnings.length}):`,
        ...this.warnings.map((w) => `  ${w.code}${about(w)}: ${w.message}${times(w.count)}`),
      );
    return lines.join("\n");
  }

  /** The fields, for `JSON.stringify`. */
  toJSON(): LoadInfoFields {
    return this.#fields;
  }
}

function describe(info: ResourceInfo): string {
  const parts = [plural(info.rows, "row"), plural(info.pages, "page"), plural(info.requests, "request")];
  if (info.retries > 0) parts.push(`${info.retries} retried`);
  if (info.waitedMs >= 100) parts.push(`waited ${inSeconds(info.waitedMs)}${reasonsOf(info.waited)}`);
  const places = (info.rowsAt ?? []).filter((place) => place !== "$");
  const found = places.length === 0 ? "" : `; rows found at ${places.join(", ")}`;
  const recognised = info.recognised === undefined ? "" : `; recognised: paginator: ${info.recognised}`;
  return `${parts.join(", ")}${found}; ended: ${STOP_TEXT[info.stop]}${recognised}`;
}

const WAIT_TEXT: Readonly<Record<WaitReason, string>> = {
  "rate-limit": "for the declared rate limit",
  throttled: "for the API's rate limit",
  retry: "before retries",
};

/** ` (38.0 s for the API's rate limit, 4.0 s before retries)`. Empty for runs of versions that did not tell reasons apart. */
function reasonsOf(waited: WaitTimes): string {
  const parts = WAIT_REASONS.filter((reason) => waited[reason] >= 100).map(
    (reason) => `${inSeconds(waited[reason])} ${WAIT_TEXT[reason]}`,
  );
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function totalRows(tables: Readonly<Record<string, number>>): number {
  return Object.values(tables).reduce((sum, rows) => sum + rows, 0);
}

/** The resource, where the message does not name it. */
function about({ resource, message }: Warning): string {
  return resource === undefined || message.includes(`"${resource}"`) ? "" : ` (${resource})`;
}

function times(n: number | undefined): string {
  return n === undefined || n === 1 ? "" : ` (${n} times)`;
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}
