import type { StopReason } from "./stop.js";
import type { WaitReason, WaitTimes } from "./waits.js";
import type { Warning } from "./warnings.js";

/** Running totals of one resource, as shown by progress displays and kept in the load info. */
export interface ResourceCounters {
  readonly pages: number;
  /** Rows that went into the resource's own table(s), after steps and the incremental filter. */
  readonly rows: number;
  readonly requests: number;
  readonly retries: number;
  /** Bytes of response bodies, decompressed. */
  readonly bytes: number;
  /** Milliseconds spent in which requests waited for rate limits and before retries, each moment once: less than the sum of `waited` where some waited for one reason, some for another. */
  readonly waitedMs: number;
  /** Milliseconds during which at least one request waited, by reason. */
  readonly waited: WaitTimes;
}

/** What a run tells while it goes on. Text in events is redacted. */
export type ProgressEvent =
  | {
      readonly type: "run-started";
      readonly pipelineName: string;
      readonly loadId: string;
      readonly resumed: boolean;
      readonly resources: readonly string[];
    }
  | { readonly type: "page"; readonly resource: string; readonly counters: ResourceCounters }
  | {
      readonly type: "waiting";
      readonly resource: string;
      readonly reason: WaitReason;
      /** How long, as far as is known. */
      readonly ms: number;
      readonly detail: string;
    }
  | {
      /** A request is under way for long: told after 5 seconds (or half of the timeout), and whenever it has lasted twice as long. */
      readonly type: "unanswered";
      readonly resource: string;
      /** Since it was sent. */
      readonly ms: number;
      /** Method and address. */
      readonly detail: string;
    }
  | {
      readonly type: "resource-finished";
      readonly resource: string;
      readonly stop: StopReason;
      readonly counters: ResourceCounters;
    }
  | { readonly type: "publish-started"; readonly loadId: string; readonly rows: number }
  | { readonly type: "published"; readonly loadId: string; readonly seconds: number }
  | { readonly type: "notice"; readonly message: string }
  | { readonly type: "warning"; readonly warning: Warning };

/** Receives progress events; must not throw and must return at once. */
export type ProgressListener = (event: ProgressEvent) => void;
