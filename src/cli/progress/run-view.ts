import { plural } from "../../core/count-text.js";
import type { ProgressEvent, ResourceCounters } from "../../core/events.js";
import { NO_WAITS } from "../../core/waits.js";
import type { StopReason } from "../../core/stop.js";
import { formatDuration } from "../terminal.js";

/** A request waits. */
export type WaitingEvent = Extract<ProgressEvent, { type: "waiting" }>;

/** A request that is not answered. */
export type UnansweredEvent = Extract<ProgressEvent, { type: "unanswered" }>;

/** Milliseconds from which on a wait is worth a word. */
export const NOTABLE_WAIT_MS = 1000;

/** What is known of one resource. */
export interface ResourceView {
  readonly counters: ResourceCounters;
  /** Set when the resource came to its end. */
  readonly stop?: StopReason;
}

const NOTHING_YET: ResourceCounters = {
  pages: 0,
  rows: 0,
  requests: 0,
  retries: 0,
  bytes: 0,
  waitedMs: 0,
  waited: NO_WAITS,
};

/** The state of a run as the progress displays show it: one fold over the events. */
export class RunView {
  title = "";
  private busy = "";
  private readonly silent = new Map<string, { readonly event: UnansweredEvent; readonly since: number }>();
  private wait: { readonly event: WaitingEvent; readonly endsAt: number } | undefined;
  readonly resources: Map<string, ResourceView> = new Map();

  /** What the run is doing besides fetching: publishing, waiting for a rate limit (with the time that is left) or an answer. */
  get activity(): string {
    const left = this.wait === undefined ? 0 : this.wait.endsAt - Date.now();
    if (this.wait !== undefined && left > 0) return describeWait({ ...this.wait.event, ms: left });
    const [silent] = this.silent.values();
    return silent === undefined ? this.busy : describeSilence({ ...silent.event, ms: Date.now() - silent.since });
  }

  apply(event: ProgressEvent): void {
    if ("resource" in event && event.type !== "unanswered") this.silent.delete(event.resource);
    switch (event.type) {
      case "run-started":
        this.title = `${event.pipelineName} ${event.loadId}${event.resumed ? " (resumed)" : ""}`;
        for (const name of event.resources) this.resources.set(name, { counters: NOTHING_YET });
        break;
      case "page":
        this.resources.set(event.resource, { counters: event.counters });
        break;
      case "waiting":
        this.noteWait(event);
        break;
      case "unanswered":
        this.silent.set(event.resource, { event, since: Date.now() - event.ms });
        break;
      case "resource-finished":
        this.resources.set(event.resource, { counters: event.counters, stop: event.stop });
        break;
      case "publish-started":
        this.wait = undefined;
        this.busy = `publishing ${plural(event.rows, "row")}`;
        break;
      case "published":
        this.busy = "";
        break;
      case "notice":
      case "warning":
        break; // Shown as lines of their own.
    }
  }

  /** Of several waits the longest is shown, until it is over. */
  private noteWait(event: WaitingEvent): void {
    const endsAt = Date.now() + event.ms;
    if (event.ms >= NOTABLE_WAIT_MS && endsAt > (this.wait?.endsAt ?? 0)) this.wait = { event, endsAt };
  }
}

/** `4 pages, 18 rows, 5 requests, 1 retried`. */
export function describeCounters(counters: ResourceCounters): string {
  const parts = [plural(counters.pages, "page"), plural(counters.rows, "row"), plural(counters.requests, "request")];
  if (counters.retries > 0) parts.push(`${counters.retries} retried`);
  if (counters.waitedMs >= NOTABLE_WAIT_MS) parts.push(`waited ${formatDuration(counters.waitedMs)}`);
  return parts.join(", ");
}

/** `waiting 42s for rate limit of https://api.example.com (HTTP 429, Retry-After: 42)`. */
export function describeWait({ resource, reason, ms, detail }: WaitingEvent): string {
  return reason === "retry"
    ? `${resource} waits ${formatDuration(ms)} before a retry: ${detail}`
    : `waiting ${formatDuration(ms)} for ${detail}`;
}

/** `users: no answer for 20s to GET https://api.example.com/users`. */
export function describeSilence({ resource, ms, detail }: UnansweredEvent): string {
  return `${resource}: no answer for ${formatDuration(ms)} to ${detail}`;
}
