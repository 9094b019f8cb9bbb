import { type CancelSignal, exitCodeOfSignal } from "./exit-codes.js";

const SIGNALS: readonly CancelSignal[] = ["SIGINT", "SIGTERM"];

/** Signals go to the process, so there is one for all of it. */
let received: CancelSignal | undefined;

/** The signal that cancelled the command; undefined when none did. */
export function cancelledBy(): CancelSignal | undefined {
  return received;
}

/** Ctrl-C or SIGTERM while a run goes on. */
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
  const handle = (signal: CancelSignal): void => {
    if (received !== undefined) process.exit(exitCodeOfSignal(signal));
    received = signal;
    const again = signal === "SIGINT" ? "Ctrl-C" : signal;
    say(`Stopping. Committed pages are kept: the same command goes on from there. ${again} again ends at once.`);
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
