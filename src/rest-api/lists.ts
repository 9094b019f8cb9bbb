import { ConfigError, excerpt } from "../core/errors.js";
import type { ParamValue } from "../rest/request.js";
import { flatParams } from "../rest/url.js";
import { textOf } from "./text.js";

/** How a list stands in a query or a form: `ids=1&ids=2`, `ids=1,2`, `ids[]=1&ids[]=2`. */
export const ARRAY_FORMATS = ["repeat", "comma", "brackets"] as const;
export type ArrayFormat = (typeof ARRAY_FORMATS)[number];

/** Values of one placeholder from several rows of the parent: as a whole value a list, within a text joined by commas. */
export class ValueBatch {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** The parameters with their lists in the given format; the client repeats the names of those that are still lists. Null members are left out. */
export function formatLists(
  params: Readonly<Record<string, ParamValue>>,
  format: ArrayFormat,
): Readonly<Record<string, ParamValue>> {
  if (format === "repeat") return params;
  const entries = [...flatParams(Object.entries(params))].map(([name, value]): [string, ParamValue] => {
    if (!Array.isArray(value)) return [name, value];
    // A list without members is left out, as it is when its name is repeated.
    return format === "comma" ? [name, joinedByCommas(value) || null] : [`${name}[]`, value];
  });
  return Object.fromEntries(entries);
}

/**
 * The values in one text.
 *
 * @throws ConfigError for a value that has a comma itself: it would arrive as two.
 */
export function joinedByCommas(items: readonly unknown[], encode: (text: string) => string = same): string {
  return items
    .map((item) => textOf(item))
    .filter((text) => text !== undefined)
    .map((text) => {
      if (text.includes(","))
        throw new ConfigError(`The value ${excerpt(text)} has a comma and cannot be one of several joined by commas`, {
          hint: 'Use arrayFormat: "repeat" or "brackets" in params, or ask for one value per request.',
        });
      return encode(text);
    })
    .join(",");
}

function same(text: string): string {
  return text;
}
