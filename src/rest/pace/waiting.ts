import type { ErrorPlace } from "../../core/errors.js";
import type { WaitReason } from "../../core/waits.js";
import { RateLimitError } from "../errors.js";
import type { Outcome } from "./adaptive-limit.js";
import type { Budget } from "./budget.js";
import type { Patience, Pause } from "./patience.js";
import type { ResolvedRateLimit } from "./rate-limit.js";
import type { Left } from "./remaining.js";

/** Milliseconds by which a wait must grow to be told again. */
const NEWS = 1000;

/** One endpoint, and what is declared for it. */
export interface ScopedRateLimit {
  /** Method and address, for messages too. Requests of the same scope share what any of them declares. */
  readonly scope: string;
  readonly limit: ResolvedRateLimit | undefined;
}

/** Is told when a request begins to wait (for 0 ms: nobody knows how long), again when it will be longer, and when it is over. */
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

/** What an answer says about the pace. */
export interface Said {
  /** The pause that all requests to the origin make now. */
  readonly pause: Pause | undefined;
  readonly left: Left | undefined;
}

/** A request that may be sent now. */
export interface Turn {
  /** To be called when the request was answered or has failed. */
  end(outcome: Outcome, said?: Said): void;
}

/** A request in the queue of its origin: what it was told to wait for, and since when. */
export class Waiting {
  readonly ticket: number;
  /** What it needs room in. */
  readonly budgets: readonly Budget[];
  /** Rejects when it is turned away. */
  readonly turn: Promise<Turn>;
  readonly #options: TurnOptions;
  #told: { readonly reason: WaitReason; readonly since: number; readonly until: number } | undefined;
  #settle: { readonly resolve: (turn: Turn) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(options: TurnOptions, budgets: readonly Budget[]) {
    this.ticket = options.ticket;
    this.budgets = budgets;
    this.#options = options;
    this.turn = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** True when it has its turn, or was turned away. */
  get hasLeft(): boolean {
    return this.#settle === undefined;
  }

  give(turn: Turn): void {
    this.#settle?.resolve(turn);
    this.#settle = undefined;
  }

  refuse(error: unknown): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  /** The error when the pause of its origin takes longer than its patience. */
  impatience(origin: string, until: number, now: number, why: string): RateLimitError | undefined {
    const { patience, place } = this.#options;
    const spent = this.#told?.reason === "throttled" ? now - this.#told.since : 0;
    if (until - now <= patience.leftMs - spent) return undefined;
    const { waitedMs, maxMs } = patience;
    return new RateLimitError({ ...place, origin, waitedMs, maxMs, asked: { ms: until - now, why } });
  }

  hold(reason: WaitReason, until: number, now: number, detail: string): void {
    const told = this.#told;
    if (told?.reason === reason && until < told.until + NEWS) return;
    if (told?.reason !== reason) this.tellEnd(now);
    this.#told = { reason, since: this.#told?.since ?? now, until };
    this.#options.waits.begin(reason, until - now, detail);
  }

  tellEnd(now: number): void {
    const told = this.#told;
    if (told === undefined) return;
    this.#told = undefined;
    if (told.reason === "throttled") this.#options.patience.spend(now - told.since);
    this.#options.waits.end(told.reason);
  }
}
