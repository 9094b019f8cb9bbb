import { execFile } from "node:child_process";
import path from "node:path";
import { ConfigError, excerpt, isSluiceError } from "../core/errors.js";
import { stackFrame } from "./report-error.js";

/** What jiti says of a file that it cannot parse. */
const PARSE_ERROR = /^ParseError: (.+?)\s*\n\s*(\S.*):(\d+):(\d+)\s*$/s;

/**
 * Why a pipeline file of code could not be run, as an error in the configuration: nothing was requested yet. Errors of sluice are
 * returned as they are.
 *
 * @param file as the user named it.
 */
export async function fileFailure(error: unknown, file: string): Promise<Error> {
  if (isSluiceError(error)) return error;
  if (!(error instanceof Error)) return new ConfigError(`${file} threw ${excerpt(error)}`);
  const [, what, where = "", line, column] = PARSE_ERROR.exec(error.message) ?? [];
  if (what !== undefined) {
    const shown = where === path.resolve(file) ? file : where;
    // Its columns begin with 0.
    return new ConfigError(`${shown}:${line}:${Number(column) + 1}: ${what}`);
  }
  if (error instanceof SyntaxError) return new ConfigError(await syntaxError(file, error), { cause: error });
  if ("code" in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code))) {
    const [said = ""] = error.message.split("\n", 1);
    const name = /['"]([^'"]+)['"]/.exec(said)?.[1] ?? "";
    const hint = /^[./]/.test(name)
      ? "Check the path: it is relative to the file that imports it."
      : `Install the package that it belongs to: npm install ${name}`;
    return new ConfigError(`${file}: ${said}`, { hint });
  }
  return new ConfigError(
    [`${file} threw ${error.name}: ${error.message}`, stackFrame(error)].filter(Boolean).join("\n"),
    { cause: error, hint: "Add --debug for the whole stack." },
  );
}

/** Node names no place when an import does not parse; asked to check the file alone, it does. */
async function syntaxError(file: string, { message }: SyntaxError): Promise<string> {
  const said = await new Promise<string>((resolve) =>
    execFile(process.execPath, ["--check", path.resolve(file)], (_failure, _stdout, stderr) => resolve(stderr)),
  );
  // The path and the line, the source, a caret below the place.
  const [where = "", , caret = ""] = said.split("\n", 3);
  const line = /:(\d+)$/.exec(where)?.[1];
  return `${file}${line === undefined ? "" : `:${line}:${caret.indexOf("^") + 1}`}: ${message}`;
}
