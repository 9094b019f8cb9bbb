import type { ErrorPlace } from "../../core/errors.js";
import type { WaitReason } from "../../core/waits.js";
import { RateLimitError } from "../errors.js";
import { throwIfAborted } from "../transport.js";
import { AdaptiveLimit, type Outcome } from "./adaptive-limit.js";
import { Budget, type Obstacle } from "./budget.js";
import type { Patience, Pause } from "./patience.js";
import type { ResolvedRateLimit } from "./rate-limit.js";

/** Milliseconds. Timers cannot be set for more than 24 days, and a clock that was set shall be noticed. */
const LONGEST_TIMER = 3_600_000;
/** Of those that wait as many are looked at, the first ones: with thousands every request would cost as much as all. */
const REACH = 256;
/** Milliseconds by which a pause must grow to be told again. */
const NEWS = 1000;

/** A limit of one endpoint. Requests of the same scope share it. */
export interface ScopedRateLimit {
  readonly scope: string;
  readonly limit: ResolvedRateLimit;
}

/** Is told when a request begins to wait, again when it will be longer, and when it is over. */
export interface WaitObserver {
  begin(reason: WaitReason, ms: number, detail: string): void;
  end(reason: WaitReason): void;
}

export interface TurnOptions {
  /** Turns are given in the order of tickets: a request that was refused keeps its own. */
  readonly ticket: number;
  readonly limit: ResolvedRateLimit | undefined;
  readonly scoped: ScopedRateLimit | undefined;
  readonly patience: Patience;
  readonly waits: WaitObserver;
  readonly signal: AbortSignal | undefined;
  readonly place: ErrorPlace | undefined;
}

/** A request that may be sent now. */
export interface Turn {
  /** To be called when the request was answered or has failed, with the pause that all requests to the origin make now. */
  end(outcome: Outcome, pause?: Pause): void;
}

/** A request and the limits that it has to keep to. */
interface Candidate extends TurnOptions {
  readonly claims: readonly { readonly budget: Budget; readonly limit: ResolvedRateLimit }[];
}

interface Waiting extends Candidate {
  readonly give: (turn: Turn) => void;
  readonly refuse: (error: unknown) => void;
  /** True when it has its turn, or was turned away. */
  left?: true;
  /** What it was told to wait for. */
  told?: { readonly reason: WaitReason; readonly since: number; readonly until: number };
}

/** The pace of each origin, shared by all clients of the process: a limit belongs to the API, not to the object that calls it. */
const paces = new Map<string, OriginPace>();

/** The shared pace of an origin. */
export function paceOf(origin: string): OriginPace {
  let pace = paces.get(origin);
  if (pace === undefined) {
    pace = new OriginPace(origin);
    paces.set(origin, pace);
  }
  return pace;
}

/**
 * Decides when the next request to one origin may be sent: declared limits, pauses that the API asks for, and as many at
 * the same time as it bears. Slots are taken when a request is sent, so none is held by one that waits. First come,
 * first served; only those that wait for a limit of their endpoint let others pass.
 */
class OriginPace {
  readonly #origin: string;
  readonly #all = new Budget();
  readonly #scopes = new Map<string, Budget>();
  readonly #bearable = new AdaptiveLimit();
  readonly #waiting: Waiting[] = [];
  #pausedUntil = 0;
  #pausedFor = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /**
   * Waits until a request may be sent.
   *
   * @throws CancelledError at once when the signal is aborted, RateLimitError when the API asks for more than patience is left.
   */
  async turn(options: TurnOptions): Promise<Turn> {
    throwIfAborted(options.signal);
    const claims = this.#claims(options);
    const now = performance.now();
    // Where nobody waits and nothing stands against it, there is no need to queue.
    if (this.#waiting.length === 0 && this.#pausedUntil <= now && this.#room(claims, new Map(), now).free)
      return this.#begin(claims, now);
    const { promise, resolve, reject } = withResolvers<Turn>();
    const waiting: Waiting = { ...options, claims, give: resolve, refuse: reject };
    const before = this.#waiting.findLastIndex((other) => other.ticket < waiting.ticket);
    this.#waiting.splice(before + 1, 0, waiting);
    const cancel = (): void => {
      this.#leave(waiting);
      reject(options.signal?.reason);
      this.#serve();
    };
    options.signal?.addEventListener("abort", cancel, { once: true });
    this.#serve();
    try {
      return await promise;
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  #claims({ limit, scoped }: TurnOptions): Candidate["claims"] {
    const claims = limit === undefined ? [] : [{ budget: this.#all, limit }];
    if (scoped !== undefined) {
      const budget = this.#scopes.get(scoped.scope) ?? new Budget();
      this.#scopes.set(scoped.scope, budget);
      claims.push({ budget, limit: scoped.limit });
    }
    // The windows are made now, so that requests which are sent meanwhile count.
    for (const { budget, limit: declared } of claims) for (const window of declared.windows) budget.window(window);
    return claims;
  }

  /** Gives a turn to everybody who may have one, and tells the others what they wait for. */
  #serve(): void {
    const now = performance.now();
    let next = Infinity;
    const queues = new Map<Obstacle["of"], number>();
    for (const waiting of this.#waiting.slice(0, REACH)) {
      if (waiting.left === true) continue; // A callback of those before has aborted it.
      if (this.#pausedUntil > now) {
        next = this.#pausedUntil;
        this.#hold(waiting, "throttled", this.#pausedUntil, now);
        continue;
      }
      const { opensAt, free } = this.#room(waiting.claims, queues, now);
      if (free) {
        this.#leave(waiting);
        waiting.give(this.#begin(waiting.claims, now));
      } else if (opensAt > now) {
        next = Math.min(next, opensAt);
        this.#hold(waiting, "rate-limit", opensAt, now);
      } else this.#tellEnd(waiting, now);
    }
    clearTimeout(this.#timer);
    // Fractions of a millisecond would be cut off, and the timer end too early.
    if (next < Infinity) this.#timer = setTimeout(() => this.#serve(), Math.ceil(Math.min(next - now, LONGEST_TIMER)));
  }

  /** Whether a request may go; if not, when its windows open. Whoever waits for something is counted in its queue and goes before those who come later. */
  #room(
    claims: Candidate["claims"],
    queues: Map<Obstacle["of"], number>,
    now: number,
  ): { free: boolean; opensAt: number } {
    let opensAt = now;
    let free = this.#bearable.hasRoom;
    const joined: Obstacle["of"][] = [];
    for (const { budget, limit } of claims) {
      if (limit.concurrency < Infinity && (queues.has(budget) || budget.isFull(limit))) {
        free = false;
        joined.push(budget);
      }
      for (const declared of limit.windows) {
        const window = budget.window(declared);
        const ahead = queues.get(window) ?? 0;
        const opens = window.opensAt(now, ahead);
        if (ahead === 0 && opens <= now) continue;
        free = false;
        opensAt = Math.max(opensAt, opens);
        joined.push(window);
      }
    }
    for (const queue of joined) queues.set(queue, (queues.get(queue) ?? 0) + 1);
    return { free, opensAt };
  }

  /** Takes the slots of a request that is sent now. */
  #begin(claims: Candidate["claims"], now: number): Turn {
    const answered = [this.#all.send(now)];
    for (const { budget } of claims) if (budget !== this.#all) answered.push(budget.send(now));
    const flight = this.#bearable.send(now);
    return {
      end: (outcome, pause) => {
        const endedAt = performance.now();
        for (const answer of answered) answer(endedAt);
        this.#bearable.end(flight, outcome, endedAt);
        if (pause !== undefined && endedAt + pause.ms > this.#pausedUntil) {
          this.#pausedUntil = endedAt + pause.ms;
          this.#pausedFor = pause.why;
        }
        if (this.#waiting.length > 0) this.#serve();
      },
    };
  }

  #hold(waiting: Waiting, reason: WaitReason, until: number, now: number): void {
    const { told, patience, waits } = waiting;
    const spent = told?.reason === "throttled" ? now - told.since : 0;
    if (reason === "throttled" && until - now > patience.leftMs - spent) {
      this.#leave(waiting);
      const { waitedMs, maxMs } = patience;
      const asked = { ms: until - now, why: this.#pausedFor };
      waiting.refuse(new RateLimitError({ ...waiting.place, origin: this.#origin, waitedMs, maxMs, asked }));
      return;
    }
    if (told?.reason === reason && (reason === "rate-limit" || until < told.until + NEWS)) return;
    if (told?.reason !== reason) this.#tellEnd(waiting, now);
    waiting.told = { reason, since: waiting.told?.since ?? now, until };
    const limit = `rate limit of ${this.#origin}`;
    waits.begin(reason, until - now, reason === "throttled" ? `${limit} (${this.#pausedFor})` : `declared ${limit}`);
  }

  #tellEnd(waiting: Waiting, now: number): void {
    const { told } = waiting;
    if (told === undefined) return;
    delete waiting.told;
    if (told.reason === "throttled") waiting.patience.spend(now - told.since);
    waiting.waits.end(told.reason);
  }

  #leave(waiting: Waiting): void {
    waiting.left = true;
    const at = this.#waiting.indexOf(waiting);
    if (at !== -1) this.#waiting.splice(at, 1);
    this.#tellEnd(waiting, performance.now());
  }
}

export type { OriginPace };

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<T>(): Resolvers<T> {
  let settle: Omit<Resolvers<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new RangeError("a promise runs its executor at once");
  return { promise, ...settle };
}
