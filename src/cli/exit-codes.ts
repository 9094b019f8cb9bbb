import { isSluiceError } from "../core/errors.js";

/** One row of the table that `sluice --help` and docs/cli.md show. */
export interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

/** Every exit code of the CLI. Stable: scripts may rely on them. */
export const EXIT_CODES: Readonly<
  Record<"ok" | "failed" | "usage" | "destination" | "warnings" | "cancelled" | "terminated", ExitCode>
> = {
  ok: { code: 0, meaning: "everything was loaded" },
  failed: { code: 1, meaning: "the run failed; running again goes on from the last committed page" },
  usage: { code: 2, meaning: "wrong command line, pipeline file or configuration; nothing was requested" },
  destination: { code: 3, meaning: "the destination cannot be opened, or another process holds it or the pipeline" },
  warnings: { code: 4, meaning: "loaded, but with warnings, and --fail-on-warnings was given" },
  cancelled: { code: 130, meaning: "cancelled by Ctrl-C; running again goes on from there" },
  terminated: { code: 143, meaning: "cancelled by SIGTERM; running again goes on from there" },
};

/** Signals that cancel a command. */
export type CancelSignal = "SIGINT" | "SIGTERM";

/** 128 and the number of the signal, as shells report a command that a signal ended. */
export function exitCodeOfSignal(signal: CancelSignal): number {
  return signal === "SIGTERM" ? EXIT_CODES.terminated.code : EXIT_CODES.cancelled.code;
}

/** The exit code for an error that ended a command; `signal` is the one that came before it. */
export function exitCodeOf(error: unknown, signal: CancelSignal = "SIGINT"): number {
  if (!isSluiceError(error)) return EXIT_CODES.failed.code;
  switch (error.code) {
    case "SLUICE_CONFIG":
    case "SLUICE_CONFIG_MISSING":
    case "SLUICE_MERGE_KEY":
      return EXIT_CODES.usage.code;
    case "SLUICE_CANCELLED":
      return exitCodeOfSignal(signal);
    case "SLUICE_DESTINATION":
    case "SLUICE_DESTINATION_LOCKED":
    case "SLUICE_PIPELINE_LOCKED":
      return EXIT_CODES.destination.code;
    default:
      return EXIT_CODES.failed.code;
  }
}
