import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { RowSink } from "../normalize/row-sink.js";
import { safeFileName } from "./layout.js";

/** A segment: the rows of one table that came from one resource, JSON Lines, append only. */
export interface Segment {
  readonly index: number;
  /** Position of the resource in the run record. */
  readonly resource: number;
  readonly table: string;
  readonly file: string;
  /** Bytes that committed pages cover. */
  end: number;
  /** Rows that committed pages cover. */
  rows: number;
}

/** The part of one page in one segment. */
export interface SegmentPart {
  readonly segment: Segment;
  readonly bytes: Buffer;
  readonly crc: number;
  readonly rows: number;
}

/** Text is turned into bytes in pieces of this length: the many short strings it is made of then die young. */
const PIECE_LENGTH = 8 << 10;

/** Most bytes that one UTF-16 unit becomes. */
const MAX_BYTES_PER_UNIT = 3;

/** Rows of one table, being turned into bytes. The room is kept from page to page. */
class TableBuffer {
  rows = 0;
  private text = "";
  private room: Buffer = Buffer.allocUnsafeSlow(PIECE_LENGTH * 2 * MAX_BYTES_PER_UNIT);
  private used = 0;

  append(line: string): void {
    this.text += `${line}\n`;
    this.rows += 1;
    if (this.text.length >= PIECE_LENGTH) this.encode();
  }

  clear(): void {
    this.rows = 0;
    this.text = "";
    this.used = 0;
  }

  /** A copy of the bytes; the buffer is empty afterwards. */
  take(): Buffer {
    this.encode();
    const bytes = Buffer.allocUnsafeSlow(this.used);
    this.room.copy(bytes, 0, 0, this.used);
    this.clear();
    return bytes;
  }

  private encode(): void {
    const needed = this.used + this.text.length * MAX_BYTES_PER_UNIT;
    if (needed > this.room.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.room.copy(larger, 0, 0, this.used);
      this.room = larger;
    }
    this.used += this.room.write(this.text, this.used, "utf8");
    this.text = "";
  }
}

/** Gathers the rows of the page that is being normalised; nothing is written before `takePage`. */
export class PageBuffer implements RowSink {
  private readonly tables = new Map<string, TableBuffer>();

  append(table: string, line: string): void {
    let buffer = this.tables.get(table);
    if (buffer === undefined) {
      buffer = new TableBuffer();
      this.tables.set(table, buffer);
    }
    buffer.append(line);
  }

  /** Forgets the page: it failed or is normalised again. */
  discard(): void {
    for (const buffer of this.tables.values()) buffer.clear();
  }

  /** The page as bytes per segment, and an empty buffer. */
  takePage(segmentOf: (table: string) => Segment): SegmentPart[] {
    const parts: SegmentPart[] = [];
    for (const [table, buffer] of this.tables) {
      const { rows } = buffer;
      if (rows === 0) continue;
      const bytes = buffer.take();
      parts.push({ segment: segmentOf(table), bytes, crc: crc32(bytes), rows });
    }
    return parts;
  }
}

/** The segment files of one package. Written only by the package's writer, in commit order. */
export class SegmentSet {
  readonly all: Segment[] = [];
  private readonly dir: string;
  private readonly byKey = new Map<string, Segment>();
  private readonly handles = new Map<number, FileHandle>();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** The segment that takes the next rows of a table; undefined before the first. */
  find(resource: number, table: string): Segment | undefined {
    return this.byKey.get(`${resource}/${table}`);
  }

  /** Adds the next segment; the file appears with the first write. */
  add(resource: number, table: string): Segment {
    const index = this.all.length;
    const segment: Segment = {
      index,
      resource,
      table,
      file: join(this.dir, `${index}.${safeFileName(table)}.jsonl`),
      end: 0,
      rows: 0,
    };
    this.all.push(segment);
    this.byKey.set(`${resource}/${table}`, segment);
    return segment;
  }

  async write(segment: Segment, bytes: readonly Buffer[], position: number): Promise<void> {
    const handle = await this.handle(segment);
    let at = position;
    for (const buffer of bytes) {
      let done = 0;
      while (done < buffer.length) {
        const { bytesWritten } = await handle.write(buffer, done, buffer.length - done, at + done);
        done += bytesWritten;
      }
      at += buffer.length;
    }
  }

  async sync(indexes: Iterable<number>): Promise<void> {
    for (const index of indexes) {
      const handle = this.handles.get(index);
      await handle?.datasync();
      const segment = this.all[index];
      if (handle === undefined || segment === undefined || this.find(segment.resource, segment.table) === segment)
        continue;
      this.handles.delete(index); // Full and on the disk: long runs do not collect open files.
      await handle.close();
    }
  }

  /** Cuts the file to what is committed; called on recovery and after a reset. */
  async truncate(segment: Segment): Promise<void> {
    const handle = await this.handle(segment);
    await handle.truncate(segment.end);
  }

  /** CRC-32 of a range, or undefined when the file is shorter. */
  async checksum(segment: Segment, start: number, end: number): Promise<number | undefined> {
    const handle = await this.handle(segment);
    const chunk = Buffer.allocUnsafe(Math.min(1 << 20, Math.max(1, end - start)));
    let crc = 0;
    for (let at = start; at < end;) {
      const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, end - at), at);
      if (bytesRead === 0) return undefined;
      crc = crc32(chunk.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    return crc;
  }

  async close(): Promise<void> {
    const handles = [...this.handles.values()];
    this.handles.clear();
    await Promise.all(handles.map((handle) => handle.close()));
  }

  private async handle(segment: Segment): Promise<FileHandle> {
    const known = this.handles.get(segment.index);
    if (known !== undefined) return known;
    const handle = await open(segment.file, "a+").then(async (created) => {
      await created.close(); // "a+" only makes sure that the file exists: positions are ignored in append mode on Linux.
      return open(segment.file, "r+");
    });
    this.handles.set(segment.index, handle);
    return handle;
  }
}
