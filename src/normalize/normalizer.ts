import type { WarningLog } from "../core/warnings.js";
import type { ResourceHints } from "../extract/hints.js";
import type { Schema } from "../schema/schema.js";
import type { PageCounts, RowSink } from "./row-sink.js";

export interface NormalizerOptions {
  readonly schema: Schema;
  readonly sink: RowSink;
  readonly warnings: WarningLog;
  /** Longest identifier of the destination. */
  readonly maxIdentifierLength: number;
}

/** CONTRACT SKETCH (to be replaced by the implementation): documents to rows. Synchronous; one instance per source and run. */
export declare class Normalizer {
  constructor(options: NormalizerOptions);
  /** Merges the hints into the schema (keys, columns, disposition), as dlt 4.5b. Call once per resource and run, also after a resume. */
  declareResource(resource: string, hints: ResourceHints): void;
  /** Flattens, types and writes the rows of one page. Throws `ExactnessUnknown`, `ContractViolationError`. */
  writePage(resource: string, items: readonly unknown[]): PageCounts;
  /** Tables (root and nested) that belong to a resource, root first. */
  tablesOf(resource: string): readonly string[];
}
