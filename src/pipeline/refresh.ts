import { ConfigError, excerpt } from "../core/errors.js";

/** Which tables and which state are thrown away before the run: those of the sources, of the selected resources, or only the rows. */
export type Refresh = (typeof REFRESHES)[number];

export const REFRESHES = ["drop_sources", "drop_resources", "drop_data"] as const;

/** Throws `ConfigError` for another word: a mistake here drops tables. */
export function assertRefresh(refresh: Refresh | undefined): void {
  if (refresh === undefined || REFRESHES.includes(refresh)) return;
  throw new ConfigError(`refresh is ${excerpt(refresh)}`, {
    path: "refresh",
    hint: `It can be ${REFRESHES.map((word) => `"${word}"`).join(", ")}.`,
  });
}
