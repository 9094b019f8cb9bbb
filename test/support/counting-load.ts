import { type LoadScene, nestedTable, primaryKey, rootTable } from "./load-scene.js";

/** Rows of every load, and nested rows. */
export const COUNTED_ROWS = 3000;

/** Load number `load`: all rows are replaced and carry the number; one column more than in the load before; `n` is widened in the third. */
export function countingLoad(load: number): Parameters<LoadScene["load"]> {
  const added = Object.fromEntries(Array.from({ length: load }, (_, i) => [`added_${i + 1}`, "bigint" as const]));
  const root = rootTable(
    "t",
    { id: primaryKey(), n: load < 3 ? "bigint" : "double", ...added },
    { write_disposition: "merge" },
  );
  const ids = Array.from({ length: COUNTED_ROWS }, (_, id) => id);
  return [
    [root, nestedTable("t__kids", "t", { n: "bigint" })],
    {
      t: ids.map((id) => ({ id, n: load, [`added_${load}`]: load, _dlt_id: `${load}-${id}` })),
      t__kids: ids.map((id) => ({
        n: load,
        _dlt_parent_id: `${load}-${id}`,
        _dlt_root_id: `${load}-${id}`,
        _dlt_list_idx: 0,
        _dlt_id: `${load}-${id}.0`,
      })),
    },
    {
      loadId: `${1_700_000_000 + load}.5`,
      version: `v${load}`,
      state: {
        version: load,
        engine_version: 4,
        pipeline_name: "p",
        state: `s${load}`,
        created_at: "2024-01-01T00:00:00Z",
        version_hash: `h${load}`,
      },
    },
  ];
}
