// Checks the house: dependencies between the rooms of src/ point downward only, every folder is a known room, and no file
// has grown beyond what one can hold in the head. Prints every offence; exits with 1 when there is one.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** From the top of the house to the ground: a room may import from its own and from rooms further down the list. */
const ROOMS = [
  "cli",
  "pipeline",
  "rest-api",
  "load",
  "destinations",
  "extract",
  "package",
  "normalize",
  "schema",
  "rest",
  "config",
  "core",
];

/** Imports upward that are allowed, of types only, each with its reason. */
const TYPE_EXCEPTIONS = [
  {
    from: "normalize",
    to: "extract/hints.ts",
    reason: "hints are declared with resources and read when rows are made",
  },
];

const MAX_LINES = 400;
/** Tables of cases may be longer than what they test. */
const MAX_TEST_LINES = 800;

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "src");
const offences = [];

for (const file of sourceFiles(src)) {
  const name = path.relative(src, file).split(path.sep).join("/");
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  const isTest = /\.test(-d)?\.ts$/.test(name);
  const most = isTest ? MAX_TEST_LINES : MAX_LINES;
  if (lines > most) offences.push(`${name}: ${lines} lines; split it (at most ${most})`);
  const room = roomOf(name);
  if (room !== undefined && !ROOMS.includes(room))
    offences.push(`${name}: "${room}" is no known room; rooms are ${ROOMS.join(", ")}`);
  // Tests beside the code may use any room to set their scene.
  if (isTest) continue;
  for (const imported of importsOf(text)) checkImport(name, imported);
}

if (offences.length > 0) {
  console.error(offences.join("\n"));
  console.error(`${offences.length} offence(s) against the structure of src/`);
  process.exitCode = 1;
}

/** @param {string} name @param {{ specifier: string, typeOnly: boolean }} imported */
function checkImport(name, { specifier, typeOnly }) {
  if (!specifier.startsWith(".")) return;
  const target = path.posix.join(path.posix.dirname(name), specifier).replace(/\.js$/, ".ts");
  if (target.startsWith("..")) {
    offences.push(`${name}: imports ${specifier}, which is outside src/`);
    return;
  }
  const [from, to] = [roomOf(name), roomOf(target)];
  if (from === undefined) return; // src/index.ts is the front door: it exports from every room.
  if (to === undefined) {
    if (from !== ROOMS[0])
      offences.push(`${name}: imports ${target}; only ${ROOMS[0]} uses the package through its front door`);
    return;
  }
  if (ROOMS.indexOf(from) <= ROOMS.indexOf(to)) return;
  const allowed = typeOnly && TYPE_EXCEPTIONS.some((exception) => exception.from === from && exception.to === target);
  if (!allowed)
    offences.push(`${name}: imports ${typeOnly ? "types of " : ""}${target}, but ${from} stands below ${to}`);
}

/** The first folder of a path below src/; undefined for files that stand in src/ itself. */
function roomOf(name) {
  return name.includes("/") ? name.slice(0, name.indexOf("/")) : undefined;
}

/** Every import and re-export with its specifier; `import type { … }` and lists in which every name is a type are type-only. */
function* importsOf(text) {
  const statement =
    /^\s*(?:import|export)\s+(type\s+)?(?:([^;"']*?)\s*from\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;
  for (const [, type, clause, specifier, dynamic] of text.matchAll(statement)) {
    const names = /^\{([^}]*)\}$/.exec(clause?.trim() ?? "")?.[1];
    const onlyTypes =
      names !== undefined && names.split(",").every((part) => part.trim() === "" || part.trim().startsWith("type "));
    yield { specifier: specifier ?? dynamic, typeOnly: type !== undefined || onlyTypes };
  }
}

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(file);
    else if (/\.[cm]?ts$/.test(entry.name)) yield file;
  }
}
