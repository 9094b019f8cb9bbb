import { EXIT_CODES } from "./exit-codes.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Ctrl-C while a run goes on. */
export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  close(): void;
}

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the pages in flight are committed or left for the next run, and
 * the second into an end at once, which loses nothing either: what is not committed is fetched again.
 */
export function onInterrupt(say: (message: string) => void): Interrupt {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.cancelled.code);
    say("Stopping. Committed pages are kept: the same command goes on from there. Ctrl-C again ends at once.");
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    close: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
