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
    // Options of a paginator or an auth stand below its name; those of the client have none above them.
    const [, option] = (at.length === 0 ? /^(\w+)/ : /^\w+\.(\w+)$/).exec(place) ?? [];
    report(option === undefined ? at : [...at, option], `is not valid: ${error.message.replace(` (at ${place})`, "")}`);
    return undefined;
  }
}
