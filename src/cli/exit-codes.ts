import { isSluiceError } from "../core/errors.js";

/** One row of the table that `sluice --help` and docs/cli.md show. */
export interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

/** Every exit code of the CLI. Stable: scripts may rely on them. */
export const EXIT_CODES: Readonly<
  Record<"ok" | "failed" | "usage" | "destination" | "warnings" | "cancelled", ExitCode>
> = {
  ok: { code: 0, meaning: "everything was loaded" },
  failed: { code: 1, meaning: "the run failed; running again goes on from the last committed page" },
  usage: { code: 2, meaning: "wrong command line, pipeline file or configuration; nothing was requested" },
  destination: { code: 3, meaning: "the destination cannot be opened, or another process holds it or the pipeline" },
  warnings: { code: 4, meaning: "loaded, but with warnings, and --fail-on-warnings was given" },
  cancelled: { code: 130, meaning: "cancelled by Ctrl-C or SIGTERM; running again goes on from there" },
};

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (!isSluiceError(error)) return EXIT_CODES.failed.code;
  switch (error.code) {
    case "SLUICE_CONFIG":
    case "SLUICE_CONFIG_MISSING":
      return EXIT_CODES.usage.code;
    case "SLUICE_CANCELLED":
      return EXIT_CODES.cancelled.code;
    case "SLUICE_DESTINATION":
    case "SLUICE_DESTINATION_LOCKED":
    case "SLUICE_PIPELINE_LOCKED":
      return EXIT_CODES.destination.code;
    default:
      return EXIT_CODES.failed.code;
  }
}
