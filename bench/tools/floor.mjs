// The least that any tool has to do: fetch and parse page after page, then DuckDB's own JSON reader loads the pages into a
// table, or merges them into it: what has the key of a new row goes, and the new rows come. No nested tables, no ids, no
// state, nothing survives a kill. `node floor.mjs <job file>`.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { measure, readJob } from "./measured.mjs";

const job = readJob();
const [resource] = job.source.resources;
const folder = join(job.folder, "pages");
let runs = 0;

await measure(job, async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  let url = urlOf(`?page=1`);
  let isEnvelope = false;
  for (let page = 1, linked = false; url !== undefined; page++) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const text = await response.text();
    const body = JSON.parse(text);
    isEnvelope ||= !Array.isArray(body);
    const rows = isEnvelope ? body.data : body;
    if (rows.length > 0) writeFileSync(join(folder, `${String(page).padStart(6, "0")}.json`), text);
    const next = /<(.*)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    linked ||= next !== undefined || isEnvelope;
    const cursor = isEnvelope && body.next ? urlOf(`?cursor=${encodeURIComponent(body.next)}`) : undefined;
    url = next ?? cursor ?? (linked || rows.length === 0 ? undefined : urlOf(`?page=${page + 1}`));
  }
  const instance = await DuckDBInstance.create(job.database);
  const connection = await instance.connect();
  await connection.run(`create schema if not exists "${job.dataset}"`);
  const pages = join(folder, "*.json").replaceAll("'", "''");
  const query = isEnvelope
    ? `select row.* from (select unnest(data) as row from read_json('${pages}'))`
    : `select * from read_json('${pages}', format = 'array')`;
  const table = `"${job.dataset}"."${resource.name}"`;
  if (runs === 0) await connection.run(`create table ${table} as ${query}`);
  else {
    const key = `"${resource.primary_key}"`;
    await connection.run("begin");
    await connection.run(`create temp table stage as ${query}`);
    await connection.run(`delete from ${table} where ${key} in (select ${key} from stage)`);
    await connection.run(`insert into ${table} by name select * from stage`);
    await connection.run("commit");
  }
  runs += 1;
  connection.closeSync();
  instance.closeSync();
});

function urlOf(/** @type {string} */ query) {
  return `${job.source.client.base_url}${resource.endpoint.path}${query}`;
}
