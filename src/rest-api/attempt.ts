import { SluiceError } from "../core/errors.js";
import type { ConfigPath } from "./spelling.js";
import type { Report } from "./templates.js";

/** Runs a constructor that checks its arguments; what it finds wrong becomes a problem of the config, and the result undefined. */
export function attempt<T>(make: () => T, at: ConfigPath, report: Report): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const place = error.place.path ?? "";
    // Options of a paginator, an auth or a list stand below its name; those of the client have none above them.
    const below = at.length === 0 ? stepsOf(place).slice(0, 1) : stepsOf(place).slice(1);
    report([...at, ...below], `is not valid: ${error.message.replace(` (at ${place})`, "")}`);
    return undefined;
  }
}

/** The steps of a path such as `responseActions[0].statusCode`; none where it is no such path. */
function stepsOf(place: string): (string | number)[] {
  if (!/^\w+(\.\w+|\[\d+\])*$/.test(place)) return [];
  return [...place.matchAll(/\[(\d+)\]|\w+/g)].map(([word, position]) =>
    position === undefined ? word : Number(position),
  );
}
