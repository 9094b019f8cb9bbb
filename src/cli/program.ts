import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { checkCommand } from "./commands/check.js";
import { dropPendingCommand } from "./commands/drop-pending.js";
import { initCommand } from "./commands/init.js";
import { previewCommand } from "./commands/preview.js";
import { runCommand } from "./commands/run.js";
import { schemaCommand } from "./commands/schema.js";
import { statusCommand } from "./commands/status.js";
import { EXIT_CODES } from "./exit-codes.js";
import { sluiceVersion } from "./version.js";

/**
 * The command line. Only definitions: a command imports what it needs when it runs, so that `--help` costs no more than
 * starting Node.
 */
export function createProgram(): CommandUnknownOpts {
  const program = new Command("sluice")
    .description("Load any REST API into a database.")
    .version(sluiceVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("--debug", "print stack traces")
    .option("--no-color", "no colours (also: NO_COLOR=1)")
    .showHelpAfterError("Add --help to see the options.")
    .addHelpText("after", `\n${exitCodeHelp()}`)
    .exitOverride();
  const commands = [
    runCommand(),
    checkCommand(),
    previewCommand(),
    statusCommand(),
    schemaCommand(),
    dropPendingCommand(),
    initCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

function exitCodeHelp(): string {
  return [
    "Exit codes:",
    ...Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join("\n");
}
