import { throwIfAborted } from "../transport.js";
import { AdaptiveLimit } from "./adaptive-limit.js";
import { Budget, type Obstacle } from "./budget.js";
import { Remaining } from "./remaining.js";
import { type Said, type Turn, type TurnOptions, Waiting } from "./waiting.js";

/** Milliseconds. Timers cannot be set for more than 24 days, and a clock that was set shall be noticed. */
const LONGEST_TIMER = 3_600_000;
/** Of those that wait as many are looked at, the first ones: with thousands every request would cost as much as all. */
const REACH = 256;

const NOTHING_SAID: Said = { pause: undefined, left: undefined };

/** Whether a request may go now; if not, when its windows open, and the declared limit that it waits for longest. */
interface Room {
  readonly free: boolean;
  readonly opensAt: number;
  readonly limit: string | undefined;
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
  readonly #all: Budget;
  readonly #scopes = new Map<string, Budget>();
  readonly #bearable = new AdaptiveLimit();
  readonly #remaining = new Remaining();
  readonly #waiting: Waiting[] = [];
  #pausedUntil = 0;
  #pausedFor = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(origin: string) {
    this.#origin = origin;
    this.#all = new Budget(origin);
  }

  /**
   * Waits until a request may be sent.
   *
   * @throws CancelledError at once when the signal is aborted, RateLimitError when the API asks for more than patience is left.
   */
  async turn(options: TurnOptions): Promise<Turn> {
    throwIfAborted(options.signal);
    const budgets = this.#budgetsOf(options);
    const now = performance.now();
    // Where nobody waits and nothing stands against it, there is no need to queue.
    if (this.#waiting.length === 0 && this.#pausedUntil <= now && this.#room(budgets, new Map(), now).free)
      return this.#begin(budgets, now);
    const waiting = new Waiting(options, budgets);
    const before = this.#waiting.findLastIndex((other) => other.ticket < waiting.ticket);
    this.#waiting.splice(before + 1, 0, waiting);
    const cancel = (): void => {
      this.#leave(waiting);
      waiting.refuse(options.signal?.reason);
      this.#serve();
    };
    options.signal?.addEventListener("abort", cancel, { once: true });
    this.#serve();
    try {
      return await waiting.turn;
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /** What the request needs room in, and shares its own limits with. */
  #budgetsOf({ limit, scoped }: TurnOptions): readonly Budget[] {
    this.#all.declare(limit);
    if (scoped === undefined) return [this.#all];
    const budget = this.#scopes.get(scoped.scope) ?? new Budget(scoped.scope);
    this.#scopes.set(scoped.scope, budget);
    budget.declare(scoped.limit);
    return [this.#all, budget];
  }

  /** Gives a turn to everybody who may have one, and tells the others what they wait for. */
  #serve(): void {
    const now = performance.now();
    let next = Infinity;
    const queues = new Map<Obstacle, number>();
    for (const waiting of this.#waiting.slice(0, REACH)) {
      if (waiting.hasLeft) continue; // A callback of those before has aborted it.
      if (this.#pausedUntil > now) {
        next = this.#pausedUntil;
        this.#holdForPause(waiting, now);
        continue;
      }
      const { opensAt, free, limit } = this.#room(waiting.budgets, queues, now);
      if (free) {
        this.#leave(waiting);
        if (!waiting.hasLeft) waiting.give(this.#begin(waiting.budgets, now));
        continue;
      }
      if (opensAt > now) next = Math.min(next, opensAt);
      if (limit === undefined) waiting.tellEnd(now);
      else waiting.hold("rate-limit", opensAt, now, limit);
    }
    clearTimeout(this.#timer);
    // Fractions of a millisecond would be cut off, and the timer end too early.
    if (next < Infinity) this.#timer = setTimeout(() => this.#serve(), Math.ceil(Math.min(next - now, LONGEST_TIMER)));
  }

  /** Whoever waits for something is counted in its queue and goes before those who come later. */
  #room(budgets: readonly Budget[], queues: Map<Obstacle, number>, now: number): Room {
    let opensAt = now;
    let free = this.#bearable.hasRoom && this.#all.inFlight < this.#remaining.allowed(now);
    let limit: string | undefined;
    const joined: Obstacle[] = [];
    for (const budget of budgets) {
      if (budget.concurrency < Infinity && (queues.has(budget) || budget.inFlight >= budget.concurrency)) {
        free = false;
        limit ??= budget.describe(budget);
        joined.push(budget);
      }
      for (const window of budget.windows) {
        const ahead = queues.get(window) ?? 0;
        const opens = window.opensAt(now, ahead);
        if (ahead === 0 && opens <= now) continue;
        free = false;
        if (limit === undefined || opens > opensAt) limit = budget.describe(window);
        opensAt = Math.max(opensAt, opens);
        joined.push(window);
      }
    }
    for (const queue of joined) queues.set(queue, (queues.get(queue) ?? 0) + 1);
    return { free, opensAt, limit };
  }

  /** Takes the slots of a request that is sent now. */
  #begin(budgets: readonly Budget[], now: number): Turn {
    const answered = budgets.map((budget) => budget.send(now));
    const flight = this.#bearable.send(now);
    return {
      end: (outcome, { pause, left } = NOTHING_SAID) => {
        const endedAt = performance.now();
        for (const answer of answered) answer(endedAt);
        this.#bearable.end(flight, outcome, endedAt);
        if (left !== undefined) this.#remaining.note(left, flight.sentAt, endedAt);
        if (pause !== undefined && endedAt + pause.ms > this.#pausedUntil) {
          this.#pausedUntil = endedAt + pause.ms;
          this.#pausedFor = pause.why;
        }
        if (this.#waiting.length > 0) this.#serve();
      },
    };
  }

  #holdForPause(waiting: Waiting, now: number): void {
    const error = waiting.impatience(this.#origin, this.#pausedUntil, now, this.#pausedFor);
    if (error === undefined) {
      waiting.hold("throttled", this.#pausedUntil, now, `rate limit of ${this.#origin} (${this.#pausedFor})`);
      return;
    }
    this.#leave(waiting);
    waiting.refuse(error);
  }

  #leave(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at !== -1) this.#waiting.splice(at, 1);
    waiting.tellEnd(performance.now());
  }
}

export type { OriginPace };
