import { CommanderError } from "@commander-js/extra-typings";
import { EXIT_CODES, exitCodeOf } from "./exit-codes.js";
import { globalOptions } from "./global-options.js";
import { cancelledBy } from "./interrupt.js";
import { createProgram } from "./program.js";
import { describeError, errorReport, type ErrorReport } from "./report-error.js";
import { painter } from "./terminal.js";

/**
 * Runs the command that the process was started with, says what went wrong, and ends the process: nothing is left to be waited
 * for, and taking the engine apart costs 10 ms.
 */
export async function runCommandLine(): Promise<void> {
  await run();
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit();
}

async function run(): Promise<void> {
  // A reader that has seen enough (`sluice … | head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  const program = createProgram();
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code; // Its text is already printed.
      const isHelp = error.code.startsWith("commander.help") || error.code === "commander.version";
      if (wantsJson() && !isHelp)
        printReport({ code: "SLUICE_CONFIG", message: error.message.replace(/^error: /, "") });
    } else if (wantsJson()) {
      printReport(errorReport(error));
      process.exitCode = exitCodeOf(error, cancelledBy());
    } else {
      const { debug, color } = globalOptions(program);
      process.stderr.write(`${painter(process.stderr, color)("red", "error:")} ${describeError(error, debug)}\n`);
      process.exitCode = exitCodeOf(error, cancelledBy());
    }
  }
  // What the user's code left open must not keep a cancelled command alive; all of ours is closed.
  if (cancelledBy() !== undefined) process.exit();
}

/** Of the words themselves: a command line that cannot be understood has no options yet. */
function wantsJson(): boolean {
  const words = process.argv.slice(2);
  const end = words.indexOf("--");
  return (end === -1 ? words : words.slice(0, end)).includes("--json");
}

function printReport(error: ErrorReport): void {
  process.stdout.write(`${JSON.stringify({ error })}\n`);
}

/** Resolves when everything that was written is with its reader: pipes may take it later. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}
