import { ConfigError } from "../core/errors.js";
import { camelCaseKeys } from "../rest/canonical.js";
import { didYouMean } from "../core/nearest.js";

/**
 * Options in camelCase, from either spelling; undefined ones are left out. Throws `ConfigError` for a key that is not
 * known: in JavaScript nobody else would say that it has no effect.
 */
export function camelOptions<T extends object>(
  given: object,
  known: Readonly<Record<keyof T & string, true>> & Readonly<Record<string, true>>,
  where: string,
): T {
  const options = camelCaseKeys({ ...given }, where);
  for (const key of Object.keys(options)) {
    if (options[key] === undefined) delete options[key];
    else if (!Object.hasOwn(known, key)) {
      const names = Object.keys(known);
      throw new ConfigError(`${where} has no option "${key}"${didYouMean(key, names)}`, {
        hint: `Its options are: ${names.join(", ")}.`,
      });
    }
  }
  return options as T; // Every key is one of T's; the compiler has checked the values of those who use it.
}
