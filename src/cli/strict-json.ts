import { ConfigError } from "../core/errors.js";

/** What stands where JSON ends, and what is meant by it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^(None|True|False|NULL|TRUE|FALSE)\b/, "JSON writes null, true and false."],
  [/^'/, "JSON has texts in double quotes."],
  [/^[}\]]/, "JSON has no comma before a closing bracket."],
  [/^(\/[/*]|#)/, "JSON has no comments; a file that ends in .yaml may have them, after #."],
];
const OTHERWISE =
  "In JSON keys and texts stand in double quotes, and other words than null, true and false do not exist.";

/**
 * Checks that a text is JSON. As YAML, which it is read as for the sake of places, `None` would be a text and a comma too many
 * be overlooked.
 *
 * @throws ConfigError with `file:line:column` of the first mistake.
 */
export async function assertJson(text: string, file: string): Promise<void> {
  const { parse } = await import("lossless-json"); // It names positions, which JSON.parse does for some mistakes only.
  const json = text.replace(/^\uFEFF/, "");
  try {
    parse(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const [, message = cause.message, position = "0"] = /^(.*) at position (\d+)$/s.exec(cause.message) ?? [];
    const before = json.slice(0, Number(position));
    const lines = before.split("\n");
    const rest = json.slice(before.length);
    throw new ConfigError(`${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: this is not JSON: ${message}`, {
      cause,
      hint: HINTS.find(([pattern]) => pattern.test(rest))?.[1] ?? OTHERWISE,
    });
  }
}
