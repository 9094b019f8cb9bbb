/** The DuckDB engine: one database file, read and written by one process at a time. */
export { duckdb, type DuckDbOptions } from "./duckdb-destination.js";
