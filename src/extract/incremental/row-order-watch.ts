import type { CursorOrder } from "./cursor-order.js";
import type { CursorValue } from "./incremental-run.js";

/** What has to survive an interruption. */
export interface RowOrderState {
  /** Cursor value of the row before; undefined before the first. */
  readonly previous?: CursorValue;
  readonly outOfRange?: boolean;
  /** True once a row contradicted the declared order. */
  readonly violated?: boolean;
}

/** Believes a declared row order as long as the rows bear it out, and says when no further page is needed. */
export class RowOrderWatch {
  private readonly declared: "asc" | "desc";
  private readonly order: CursorOrder;
  private previous: CursorValue | undefined;
  private isOutOfRange = false;
  private isViolated = false;

  constructor(declared: "asc" | "desc", order: CursorOrder) {
    this.declared = declared;
    this.order = order;
  }

  get outOfRange(): boolean {
    return this.isOutOfRange;
  }

  get isTrusted(): boolean {
    return !this.isViolated;
  }

  /** Compares a row with the one before. Returns that one's value the first time that the order is broken. */
  observe(value: CursorValue): { readonly previous: CursorValue } | undefined {
    const { previous } = this;
    this.previous = value;
    if (previous === undefined || this.isViolated) return undefined;
    const step = this.order.relation(value, previous) ?? 0; // Kinds that do not compare are the range check's business.
    if (this.declared === "asc" ? step >= 0 : step <= 0) return undefined;
    this.isViolated = true;
    this.isOutOfRange = false;
    return { previous };
  }

  /** A row left the range on the side to which rows in `order` run: the rows after it are outside, too. */
  leave(order: "asc" | "desc"): void {
    if (order === this.declared && !this.isViolated) this.isOutOfRange = true;
  }

  /** Another sequence of rows begins, which is in order for itself. */
  begin(): void {
    this.previous = undefined;
    this.isOutOfRange = false;
  }

  state(): RowOrderState {
    return {
      ...(this.previous === undefined ? {} : { previous: this.previous }),
      outOfRange: this.isOutOfRange,
      violated: this.isViolated,
    };
  }

  restore(state: RowOrderState): void {
    if (state.previous !== undefined) this.previous = state.previous;
    if (state.outOfRange !== undefined) this.isOutOfRange = state.outOfRange;
    if (state.violated !== undefined) this.isViolated = state.violated;
  }
}
