/**
 * Why a request waits: `rate-limit` for a limit that the configuration declares, `throttled` because the API asked for it
 * (429, `Retry-After`, headers that say nothing is left), `retry` before another attempt after a failure.
 */
export type WaitReason = (typeof WAIT_REASONS)[number];

export const WAIT_REASONS = ["rate-limit", "throttled", "retry"] as const;

/** Milliseconds by reason. */
export type WaitTimes = Readonly<Record<WaitReason, number>>;

export const NO_WAITS: WaitTimes = Object.freeze({ "rate-limit": 0, throttled: 0, retry: 0 });

/** The sum of both, reason by reason. Absent reasons count as nothing: journals of older versions have none. */
export function addWaits(a: Partial<WaitTimes>, b: Partial<WaitTimes> = {}): WaitTimes {
  const sum = (reason: WaitReason): number => (a[reason] ?? 0) + (b[reason] ?? 0);
  return { "rate-limit": sum("rate-limit"), throttled: sum("throttled"), retry: sum("retry") };
}
