/** Requests that a run may have in flight, over all resources. */
export interface Concurrency {
  /** At its beginning. */
  readonly start: number;
  /** One more after each round of answers, up to so many; as many as at the start where this is the same. */
  readonly most: number;
}

/** What a run may have under way. */
export interface BudgetLimits {
  readonly concurrency: Concurrency;
  /** Pages that may wait for an earlier one of their resource before no further request is sent. */
  readonly maxWaitingPages: number;
  /** Bytes of bodies that may wait so, those that are expected of requests in flight included. */
  readonly maxWaitingBytes: number;
}

/** A request in flight. */
export interface Flight {
  /** Bytes that are set aside for its answer. */
  readonly expected: number;
}

/** Counts what a run has under way, so that neither requests nor memory exceed their bounds. */
export class Budget {
  private readonly limits: BudgetLimits;
  private slots: number;
  /** Since there was a slot more: the most requests in flight, and the answers after all slots were in use. */
  private peak = 0;
  private answers = 0;
  private requests = 0;
  private waitingPages = 0;
  private waitingBytes = 0;

  constructor(limits: BudgetLimits) {
    this.limits = limits;
    this.slots = limits.concurrency.start;
  }

  /** Requests that may be in flight now. */
  get allowance(): number {
    return this.slots;
  }

  /** Pages of one sequence that may be asked for early or wait to be committed: a slow one does not hold up the slots. */
  get mostAhead(): number {
    return 2 * this.allowance;
  }

  get hasSlot(): boolean {
    return this.requests < this.allowance;
  }

  /** True when only the pages that everything else waits for may be asked for. */
  get isFull(): boolean {
    return this.waitingPages >= this.limits.maxWaitingPages || this.waitingBytes >= this.limits.maxWaitingBytes;
  }

  /** A request is sent whose answer will probably have so many bytes. */
  takeOff(expected: number): Flight {
    this.requests += 1;
    this.peak = Math.max(this.peak, this.requests);
    this.waitingBytes += expected;
    return { expected };
  }

  /** A request waits for a rate limit: its slot is free for those that need not. */
  standBy(): void {
    this.requests -= 1;
  }

  /** It waits no more. */
  goOn(): void {
    this.requests += 1;
  }

  /**
   * The request has ended. Where all slots are in use, one more is tried after each round (additive increase): 1,000 children
   * of 20 ms take 2.0 s instead of 3.0. What an origin refuses, the pace of that origin takes back, for all runs of the process.
   */
  land({ expected }: Flight): void {
    this.requests -= 1;
    if (this.peak >= this.slots && this.slots < this.limits.concurrency.most) this.grow();
    this.waitingBytes -= expected;
  }

  /** A page came and waits for its turn. */
  hold(bytes: number): void {
    this.waitingPages += 1;
    this.waitingBytes += bytes;
  }

  /** It is committed or thrown away. */
  release(bytes: number): void {
    this.waitingPages -= 1;
    this.waitingBytes -= bytes;
  }

  private grow(): void {
    this.answers += 1;
    if (this.answers < this.slots) return;
    this.answers = 0;
    this.peak = this.requests;
    this.slots += 1;
  }
}
