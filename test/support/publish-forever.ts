// A process to be killed: publishes one load after the other into the database named by its argument and says when each begins.
// Every load merges the same rows with its own number, adds a column, and carries a state.
import { LoadScene } from "./load-scene.js";
import { countingLoad } from "./counting-load.js";

const [, , database = ""] = process.argv;
const scene = await LoadScene.at(database);
const done = await scene.values("SELECT count(*) FROM duckdb_tables() WHERE table_name = '_dlt_loads'");
const [first] = done[0] === 0 ? [0] : await scene.values("SELECT count(*) FROM ds._dlt_loads");
for (let load = Number(first) + 1; ; load++) {
  process.stdout.write(`${load}\n`);
  await scene.load(...countingLoad(load));
}
