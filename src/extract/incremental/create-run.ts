import { cursorOrder } from "./cursor-order.js";
import { CursorRun } from "./cursor-run.js";
import type { IncrementalConfig, IncrementalRun, IncrementalRunOptions } from "./incremental-run.js";
import { checkRange } from "./range.js";

/**
 * Starts a cursor for one run: the start value is settled here and does not move however far the run gets.
 * Throws `ConfigError` when the range is impossible or the cursor path malformed, `IncrementalError` when the stored value does not take the lag.
 */
export function createIncrementalRun(config: IncrementalConfig, options: IncrementalRunOptions): IncrementalRun {
  const order = cursorOrder(config.lastValueFunc, options.resource);
  checkRange(config, order, options.resource);
  return new CursorRun(config, options, order);
}
