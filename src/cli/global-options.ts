import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  /** Print stack traces. */
  readonly debug: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** The global options as seen from a command. */
export function globalOptions(command: CommandUnknownOpts): GlobalOptions {
  const { debug, color }: Record<string, unknown> = command.optsWithGlobals();
  return { debug: debug === true, color: color !== false };
}
