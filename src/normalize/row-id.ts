import { createHash, randomBytes } from "node:crypto";
import { jsonText } from "../core/json-text.js";
import { SYSTEM_PREFIX } from "../schema/system-tables.js";

/** dlt's row ids are base64 of 10 bytes without padding. */
const ID_BYTES = 10;
const ID_LENGTH = 14;
/** 12 bytes become 16 characters; the last two bytes are zero, so that the first 14 characters are the base64 of the first 10 bytes. */
const STRIDE_BYTES = 12;
const STRIDE_LENGTH = 16;
const POOL_IDS = 1024;

let pool = "";
let at = 0;

/** A random row id: 14 characters of the standard base64 alphabet. Drawn from a pool, because one call of `randomBytes` per id costs 30 times as much. */
export function randomRowId(): string {
  if (at === pool.length) {
    const bytes = randomBytes(POOL_IDS * STRIDE_BYTES);
    for (let end = ID_BYTES; end < bytes.length; end += STRIDE_BYTES) bytes.writeUInt16BE(0, end);
    pool = bytes.toString("base64");
    at = 0;
  }
  const id = pool.slice(at, at + ID_LENGTH);
  at += STRIDE_LENGTH;
  return id;
}

/** dlt's id of a nested row: the same whenever its parent has the same id. */
export function nestedRowId(parentId: string, table: string, index: number): string {
  return hashed(`${parentId}_${table}_${index}`);
}

/** dlt's id of a row that its key identifies (`upsert`, `insert-only`). `key`: raw values by column name. */
export function keyRowId(key: Readonly<Record<string, unknown>>): string {
  return hashed(jsonText(key, { sortKeys: true }));
}

/** dlt's id of a row that its content identifies (`scd2`): everything but top-level keys of the tool itself. */
export function contentRowId(row: Readonly<Record<string, unknown>>): string {
  return hashed(
    jsonText(Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith(SYSTEM_PREFIX))), {
      sortKeys: true,
    }),
  );
}

/** So many characters of the base64 of a hash. */
export function hashed(text: string): string {
  return createHash("shake128", { outputLength: ID_BYTES }).update(text, "utf8").digest("base64").slice(0, ID_LENGTH);
}
