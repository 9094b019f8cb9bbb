/** Which tables and which state are thrown away before the run: those of the sources, of the selected resources, or only the rows. */
export type Refresh = (typeof REFRESHES)[number];

export const REFRESHES = ["drop_sources", "drop_resources", "drop_data"] as const;
