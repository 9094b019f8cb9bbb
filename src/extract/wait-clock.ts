import { addWaits, NO_WAITS, type WaitReason, type WaitTimes } from "../core/waits.js";

/** Requests that wait for the same reason at the same time, and since when nobody has been told of the time that passes. */
interface Span {
  open: number;
  since: number;
}

/** Measures for how long at least one of several requests waits: eight that wait for the same minute wait one minute. */
export class WaitClock {
  private readonly spans = new Map<WaitReason | "any", Span>();

  /** A request begins to wait; `now` in milliseconds of a steady clock. */
  begin(reason: WaitReason | "any", now: number): void {
    const span = this.spans.get(reason);
    if (span === undefined || span.open === 0) this.spans.set(reason, { open: 1, since: now });
    else span.open += 1;
  }

  /** A request waits no more. Returns the milliseconds that have passed since another one did, or since it began. */
  end(reason: WaitReason | "any", now: number): number {
    const span = this.spans.get(reason);
    if (span === undefined || span.open === 0) return 0;
    const passed = now - span.since;
    span.open -= 1;
    span.since = now;
    return passed;
  }
}

/** A rate limit, declared or enforced. */
export type LimitReason = Exclude<WaitReason, "retry">;

/** Milliseconds that passed for one page and for no other. */
export interface Waited {
  /** In which requests waited for whatever reason: less than the sum where they did for several. */
  readonly ms: number;
  readonly times: WaitTimes;
}

/** The waits of one page while it is read. */
export class PageWaits {
  private readonly clock: WaitClock;
  private readonly onHeld: (reason: LimitReason, held: boolean) => void;
  private readonly open = new Set<WaitReason>();
  private waited: Waited = { ms: 0, times: NO_WAITS };

  /** `onHeld` is told when a rate limit begins and ends to hold the page back. */
  constructor(clock: WaitClock, onHeld: (reason: LimitReason, held: boolean) => void) {
    this.clock = clock;
    this.onHeld = onHeld;
  }

  /** Repeated while it waits it changes nothing. */
  begin(reason: WaitReason): void {
    if (this.open.has(reason)) return;
    this.open.add(reason);
    const now = performance.now();
    this.clock.begin(reason, now);
    this.clock.begin("any", now);
    if (reason !== "retry") this.onHeld(reason, true);
  }

  end(reason: WaitReason): void {
    if (!this.open.delete(reason)) return;
    const now = performance.now();
    const { ms, times } = this.waited;
    this.waited = {
      ms: ms + this.clock.end("any", now),
      times: addWaits(times, { [reason]: this.clock.end(reason, now) }),
    };
    if (reason !== "retry") this.onHeld(reason, false);
  }

  /** Ends what an error has left open. */
  finish(): Waited {
    for (const reason of this.open) this.end(reason);
    return this.waited;
  }
}
