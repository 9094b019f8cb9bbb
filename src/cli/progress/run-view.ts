import { plural } from "../../core/count-text.js";
import type { ProgressEvent, ResourceCounters } from "../../core/events.js";
import type { StopReason } from "../../core/stop.js";
import { formatDuration } from "../terminal.js";

/** What is known of one resource. */
export interface ResourceView {
  readonly counters: ResourceCounters;
  /** Set when the resource came to its end. */
  readonly stop?: StopReason;
}

const NOTHING_YET: ResourceCounters = { pages: 0, rows: 0, requests: 0, retries: 0, bytes: 0, waitedMs: 0 };

/** The state of a run as the progress displays show it: one fold over the events. */
export class RunView {
  title = "";
  /** What the run is doing besides fetching: publishing, waiting for a rate limit. */
  activity = "";
  readonly resources: Map<string, ResourceView> = new Map();

  apply(event: ProgressEvent): void {
    switch (event.type) {
      case "run-started":
        this.title = `${event.pipelineName} ${event.loadId}${event.resumed ? " (resumed)" : ""}`;
        for (const name of event.resources) this.resources.set(name, { counters: NOTHING_YET });
        break;
      case "page":
        this.activity = "";
        this.resources.set(event.resource, { counters: event.counters });
        break;
      case "waiting":
        this.activity = describeWait(event);
        break;
      case "resource-finished":
        this.resources.set(event.resource, { counters: event.counters, stop: event.stop });
        break;
      case "publish-started":
        this.activity = `publishing ${plural(event.rows, "row")}`;
        break;
      case "published":
        this.activity = "";
        break;
      case "notice":
      case "warning":
        break; // Shown as lines of their own.
    }
  }
}

/** `4 pages, 18 rows, 5 requests, 1 retried`. */
export function describeCounters(counters: ResourceCounters): string {
  const parts = [plural(counters.pages, "page"), plural(counters.rows, "row"), plural(counters.requests, "request")];
  if (counters.retries > 0) parts.push(`${counters.retries} retried`);
  if (counters.waitedMs >= 1000) parts.push(`waited ${formatDuration(counters.waitedMs)}`);
  return parts.join(", ");
}

/** `issues waits 30s: rate limit …`. */
export function describeWait(event: Extract<ProgressEvent, { type: "waiting" }>): string {
  return `${event.resource} waits ${formatDuration(event.ms)} (${event.reason === "retry" ? "before a retry" : "rate limit"}): ${event.detail}`;
}
