import { ConfigError, excerpt } from "../core/errors.js";

/** Which tables and which state are thrown away before the run: those of the sources, of the selected resources, or only the rows. */
export type Refresh = (typeof REFRESHES)[number];

export const REFRESHES = ["drop_sources", "drop_resources", "drop_data"] as const;

/** Throws `ConfigError` for another word: a mistake here drops tables. `where` names the call that got it. */
export function checkRefresh(refresh: string | undefined, where: string): void {
  if (refresh === undefined || REFRESHES.some((known) => known === refresh)) return;
  throw new ConfigError(`${where}: refresh is ${excerpt(refresh)}`, {
    path: "refresh",
    hint: `It can be ${REFRESHES.map((word) => `"${word}"`).join(", ")}.`,
  });
}
