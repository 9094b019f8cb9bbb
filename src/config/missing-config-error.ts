import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";
import type { JsonObject } from "../core/json.js";
import { environmentName, splitConfigPath } from "./config-path.js";
import { isTable, type Place, type Places } from "./places.js";

/** One place that was looked at, and what it said. */
export interface TriedPlace {
  readonly place: string;
  readonly outcome: string;
}

/** A secret or setting that was asked for is nowhere. Lists every place that was looked at, never a value. */
export class MissingConfigError extends SluiceError {
  override readonly name: string = "MissingConfigError";
  /** In the order in which they were looked at. */
  readonly tried: readonly TriedPlace[];

  constructor(message: string, tried: readonly TriedPlace[], options: SluiceErrorOptions = {}) {
    super("SLUICE_CONFIG_MISSING", message, options);
    this.tried = tried;
  }
}

/** How many similar keys a message names. */
const LISTED_SIMILAR = 5;
/** Nobody looks for a setting below this. */
const MAX_DEPTH = 12;

/** Explains a lookup that found nothing. `where` is the place in the configuration that needs the value. */
export function missingConfig(
  kind: "secret" | "setting",
  paths: readonly string[],
  looked: readonly { readonly place: Place; readonly isEmpty: boolean }[],
  places: Places,
  where?: string,
): MissingConfigError {
  const tried = looked.map(({ place, isEmpty }) => ({
    place: place.label,
    outcome: isEmpty ? "is empty" : place.isFile ? (place.exists() ? "does not have it" : "no such file") : "not set",
  }));
  const names = paths.map((path) => `"${path}"`).join(" or ");
  const lines = [
    `There is no ${kind} ${names}${where === undefined ? "" : `, which ${where} needs`}. Looked at, in order:`,
    ...describe(tried),
    ...paths.flatMap((path) => similar(path, places)).slice(0, LISTED_SIMILAR),
    `(project directory: ${places.projectDir})`,
  ];
  const [first = ""] = paths;
  return new MissingConfigError(lines.join("\n"), tried, {
    ...(where === undefined ? {} : { path: where }),
    hint: howToSet(kind, first),
  });
}

/** One line per place; a file that is asked for several paths appears once per distinct answer. */
function describe(tried: readonly TriedPlace[]): readonly string[] {
  return [...new Set(tried.map(({ place, outcome }) => `  ${place}: ${outcome}`))];
}

function howToSet(kind: "secret" | "setting", path: string): string {
  const parts = splitConfigPath(path);
  const section = parts.slice(0, -1).join(".");
  const file = kind === "secret" ? ".sluice/secrets.toml" : ".sluice/config.toml";
  return `Set ${environmentName(path)}, or write into ${file}:\n${section === "" ? "" : `  [${section}]\n`}  ${parts.at(-1)} = "…"`;
}

/** Keys that may have been meant: another case, another section, the wrong file, another way of writing the variable. */
function similar(path: string, places: Places): readonly string[] {
  const wanted = path.toLowerCase();
  const key = wanted.slice(wanted.lastIndexOf(".") + 1);
  const lines: string[] = [];
  for (const { label, table } of places.tables()) {
    for (const found of leafPaths(table, "", 0)) {
      const lower = found.toLowerCase();
      if (found === path) {
        if (label.endsWith("config.toml"))
          lines.push(`${label} has "${found}", but secrets are not read from there: move it to secrets.toml.`);
      } else if (lower === wanted) lines.push(`${label} has "${found}", which is written differently: case matters.`);
      else if (lower.slice(lower.lastIndexOf(".") + 1) === key)
        lines.push(`${label} has "${found}", which is in another section.`);
    }
  }
  const variable = environmentName(path);
  const flat = flattened(variable);
  for (const [name, value] of Object.entries(places.env)) {
    if (name === variable || value === undefined || value === "") continue;
    const other = flattened(name);
    if (other !== "" && (flat === other || flat.endsWith(`_${other}`))) {
      lines.push(
        `The environment variable ${name} is set; the name has to be ${variable}, with two underscores between the parts.`,
      );
    }
  }
  return lines;
}

function flattened(variable: string): string {
  return variable.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
}

function* leafPaths(table: JsonObject, prefix: string, depth: number): Generator<string> {
  for (const [key, value] of Object.entries(table)) {
    if (!isTable(value)) yield `${prefix}${key}`;
    else if (depth < MAX_DEPTH) yield* leafPaths(value, `${prefix}${key}.`, depth + 1);
  }
}
