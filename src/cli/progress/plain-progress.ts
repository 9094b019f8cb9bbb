import { plural } from "../../core/count-text.js";
import type { ProgressEvent } from "../../core/events.js";
import { formatDuration } from "../terminal.js";
import type { ProgressDisplay } from "./progress-display.js";
import {
  describeCounters,
  describeSilence,
  describeWait,
  NOTABLE_WAIT_MS,
  type UnansweredEvent,
  type WaitingEvent,
} from "./run-view.js";

/** Least time between two lines of progress of one resource. */
const INTERVAL_MS = 1000;

/** Lines for logs and pipes: starts, ends, waits, and at most one line of progress per second and resource. */
export class PlainProgress implements ProgressDisplay {
  private readonly write: (line: string) => void;
  private readonly shownAt = new Map<string, number>();
  /** When the waits end that were told, by what is waited for. */
  private readonly waitsUntil = new Map<string, number>();

  /** The line of a page: not written when the resource's last line follows at once. */
  private held: { readonly resource: string; readonly line: string } | undefined;

  /** When a resource without answers is told of again. */
  private readonly silentUntil = new Map<string, number>();

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  readonly listener = (event: ProgressEvent): void => {
    if (event.type === "resource-finished" && event.resource === this.held?.resource) this.held = undefined;
    this.writeHeld();
    switch (event.type) {
      case "run-started":
        this.write(
          `${event.resumed ? "Resuming" : "Starting"} ${event.pipelineName}, load ${event.loadId}: ${event.resources.join(", ")}`,
        );
        break;
      case "page":
        if (!this.isDue(event.resource)) break;
        this.held = { resource: event.resource, line: `${event.resource}: ${describeCounters(event.counters)}` };
        queueMicrotask(() => this.writeHeld());
        break;
      case "waiting":
        if (this.isNews(event)) this.write(describeWait(event));
        break;
      case "unanswered":
        this.tellSilence(event);
        break;
      case "resource-finished":
        this.write(`${event.resource}: ${describeCounters(event.counters)}, ended: ${event.stop}`);
        break;
      case "publish-started":
        this.write(`Publishing ${plural(event.rows, "row")}`);
        break;
      case "published":
        this.write(`Published in ${formatDuration(event.seconds * 1000)}`);
        break;
      case "notice":
        this.write(event.message);
        break;
      case "warning":
        break; // The load info lists them, with their counts.
    }
  };

  close(): void {
    this.writeHeld();
  }

  private writeHeld(): void {
    if (this.held === undefined) return;
    this.write(this.held.line);
    this.held = undefined;
  }

  /** Many requests wait for one limit: it is told once, and again when it takes longer than was said. */
  private isNews(event: WaitingEvent): boolean {
    if (event.ms < NOTABLE_WAIT_MS) return false;
    const key = event.reason === "retry" ? event.resource : `${event.reason} ${event.detail}`;
    const now = Date.now();
    const told = this.waitsUntil.get(key) ?? 0;
    // Of those that wait for a declared limit each comes a little later than the one before.
    if (event.reason === "rate-limit" ? now < told : now + event.ms < told + INTERVAL_MS) return false;
    this.waitsUntil.set(key, now + event.ms);
    return true;
  }

  /** Many requests of a resource may be without an answer: the time that is told doubles from line to line. */
  private tellSilence(event: UnansweredEvent): void {
    const now = Date.now();
    if (now < (this.silentUntil.get(event.resource) ?? 0)) return;
    this.silentUntil.set(event.resource, now + event.ms * 0.9);
    this.write(describeSilence(event));
  }

  private isDue(resource: string): boolean {
    const now = Date.now();
    const last = this.shownAt.get(resource);
    if (last === undefined) {
      this.shownAt.set(resource, now); // The first page is news only when the second is long in coming.
      return false;
    }
    if (now - last < INTERVAL_MS) return false;
    this.shownAt.set(resource, now);
    return true;
  }
}
