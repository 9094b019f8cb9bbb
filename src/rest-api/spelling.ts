export { camelCase as toCamel } from "../rest/canonical.js";

/** A path into a config: object keys and list positions. */
export type ConfigPath = readonly (string | number)[];

/** `baseUrl` → `base_url`. */
export function toSnake(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before}_${after.toLowerCase()}`);
}

/** `["resources", 1, "endpoint"]` → `resources[1].endpoint`; keys that are no identifiers are quoted. The empty path is "the config". */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text === "" ? "the config" : text;
}

/**
 * A message with keys of a config as somebody who writes snake_case knows them: `keys`, in camelCase, as words of their own
 * or as a whole text in quotes. Other quoted texts are values and stay.
 */
export function keysInSnakeCase(message: string, keys: ReadonlySet<string>): string {
  return message.replace(/"(?:[^"\\]|\\.)*"|[A-Za-z]\w*/g, (word) => {
    const key = word.replace(/^"|"$/g, "");
    return keys.has(key) ? word.replace(key, toSnake(key)) : word;
  });
}
