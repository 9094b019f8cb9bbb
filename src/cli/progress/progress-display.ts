import type { ProgressListener } from "../../core/events.js";
import { painter } from "../terminal.js";
import { LiveProgress } from "./live-progress.js";
import { PlainProgress } from "./plain-progress.js";

/** Shows a run while it goes on. Writes to standard error only: standard output is for results. */
export interface ProgressDisplay {
  readonly listener: ProgressListener;
  /** Gives the terminal back. What was drawn stays when `keep` is true, and goes where a result that says the same follows. */
  close(keep: boolean): void;
}

/** A live table on a terminal, lines elsewhere, nothing with `--quiet`. */
export function progressDisplay(
  stream: NodeJS.WriteStream,
  options: { readonly quiet: boolean; readonly color: boolean },
): ProgressDisplay {
  if (options.quiet) return { listener: () => undefined, close: () => undefined };
  if (stream.isTTY) return new LiveProgress(stream, painter(stream, options.color));
  return new PlainProgress((line) => stream.write(`${line}\n`));
}
