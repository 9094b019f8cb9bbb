/** What a run may have under way. */
export interface BudgetLimits {
  /** Requests that may be in flight now, over all resources. Asked before every request: it may change during the run. */
  allowance(): number;
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
  private requests = 0;
  private waitingPages = 0;
  private waitingBytes = 0;

  constructor(limits: BudgetLimits) {
    this.limits = limits;
  }

  /** Requests that may be in flight now. */
  get allowance(): number {
    return Math.max(1, this.limits.allowance());
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

  /** The request has ended. */
  land({ expected }: Flight): void {
    this.requests -= 1;
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
}
