import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";
import type { JournalRecord } from "./records.js";

/**
 * The journal's text form: one record a line, `crc32(json) in 8 hex digits`, a space, the JSON, a line feed.
 * A line whose checksum does not fit, or that has no line feed, was torn by the crash; it and all after it never happened.
 */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

/** One intact record and the offset in the file behind it. */
export interface JournalEntry {
  readonly record: JournalRecord;
  readonly end: number;
}

/** Reads the intact records of a journal in order and ends silently at the first torn line. */
export async function* readJournal(path: string): AsyncGenerator<JournalEntry> {
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const data: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let feed = data.indexOf(10); feed !== -1; feed = data.indexOf(10, from)) {
      const record = decodeLine(data.toString("utf8", from, feed));
      if (record === undefined) return;
      end += feed + 1 - from;
      from = feed + 1;
      yield { record, end };
    }
    rest = data.subarray(from);
  }
}

function decodeLine(line: string): JournalRecord | undefined {
  const json = line.slice(9);
  if (line.length < 10 || line.slice(0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json) as JournalRecord; // The checksum says that this is what we wrote.
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
