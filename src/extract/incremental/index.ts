/** Incremental cursors: which rows of a run are new, and what the next run has to know. */
export { CURSOR_FORMATS } from "./cursor-format.js";
export { createIncrementalRun } from "./create-run.js";
export { incremental, type IncrementalOptions, type IncrementalSnakeOptions } from "./incremental.js";
export { IncrementalError } from "./incremental-error.js";
export type { CursorValue, IncrementalConfig, IncrementalRun, StoredIncremental } from "./incremental-run.js";
