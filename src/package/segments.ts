import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { type FaultPoint, faultPoint } from "../core/fault-point.js";
import { RowBlock } from "../normalize/row-block.js";
import type { RowSink } from "../normalize/row-sink.js";
import { safeFileName } from "./layout.js";

/** A segment: the rows of one table that came from one resource, append only. A line is a `RowBlock`. */
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
  readonly lines: readonly Buffer[];
  /** Bytes of all lines. */
  readonly size: number;
  readonly crc: number;
  readonly rows: number;
}

/** Rows of one table of the page that is being normalised. */
class TableBuffer {
  readonly block: RowBlock = new RowBlock(() => this.encode());
  /** Lines of the page that are complete. */
  lines: Buffer[] = [];
  /** Rows in them. */
  rows = 0;

  /** Turns the block into a line. */
  encode(): void {
    if (this.block.rows === 0) return;
    this.rows += this.block.rows;
    this.lines.push(Buffer.from(`${this.block.take()}\n`, "utf8"));
  }

  clear(): void {
    this.block.clear();
    this.lines = [];
    this.rows = 0;
  }
}

/** Gathers the rows of the page that is being normalised; nothing is written before `takePage`. */
export class PageBuffer implements RowSink {
  private readonly tables = new Map<string, TableBuffer>();

  block(table: string): RowBlock {
    let buffer = this.tables.get(table);
    if (buffer === undefined) this.tables.set(table, (buffer = new TableBuffer()));
    return buffer.block;
  }

  /** Forgets the page: it failed or is normalised again. */
  discard(): void {
    for (const buffer of this.tables.values()) buffer.clear();
  }

  /** The page as bytes per segment, and an empty buffer. */
  takePage(segmentOf: (table: string) => Segment): SegmentPart[] {
    const parts: SegmentPart[] = [];
    for (const [table, buffer] of this.tables) {
      buffer.encode();
      const { rows, lines } = buffer;
      if (rows === 0) continue;
      const size = lines.reduce((sum, line) => sum + line.length, 0);
      parts.push({
        segment: segmentOf(table),
        lines,
        size,
        crc: lines.reduce((crc, line) => crc32(line, crc), 0),
        rows,
      });
      buffer.clear();
    }
    return parts;
  }
}

/** The segment files of one package. */
export class SegmentSet {
  readonly all: Segment[] = [];
  private readonly dir: string;
  private readonly byKey = new Map<string, Segment>();
  private readonly files = new Map<number, number>();

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
    const file = join(this.dir, `${index}.${safeFileName(table)}.jsonl`);
    const segment: Segment = { index, resource, table, file, end: 0, rows: 0 };
    this.all.push(segment);
    this.byKey.set(`${resource}/${table}`, segment);
    return segment;
  }

  /** Puts lines behind the committed ones; they count when the caller has moved `end`. */
  write(segment: Segment, lines: readonly Buffer[]): void {
    // A file that is there before its first row is of a process that died before it could name it: a shorter page would not cover it.
    const fd = this.open(segment, segment.end === 0 ? constants.O_TRUNC : 0);
    let position = segment.end;
    for (const line of lines) {
      writeFully(fd, line, position, "segment-write");
      position += line.length;
    }
  }

  /** Forces segments to the disk. Full ones are closed then, so that long runs do not collect open files. */
  async sync(indexes: Iterable<number>): Promise<void> {
    for (const index of indexes) {
      const fd = this.files.get(index);
      const segment = this.all[index];
      if (fd === undefined || segment === undefined) continue;
      await datasync(fd);
      if (this.find(segment.resource, segment.table) === segment) continue;
      this.files.delete(index);
      closeSync(fd);
    }
  }

  /** Cuts the file to what is committed; called on recovery and after a reset. */
  truncate(segment: Segment): void {
    ftruncateSync(this.open(segment), segment.end);
  }

  /** Bytes in the file. */
  sizeOf(segment: Segment): number {
    return fstatSync(this.open(segment)).size;
  }

  /** CRC-32 of a range, or undefined when the file is shorter. */
  checksum(segment: Segment, start: number, end: number): number | undefined {
    const fd = this.open(segment);
    const chunk = Buffer.allocUnsafe(Math.min(1 << 20, Math.max(1, end - start)));
    let crc = 0;
    for (let at = start; at < end;) {
      const read = readSync(fd, chunk, 0, Math.min(chunk.length, end - at), at);
      if (read === 0) return undefined;
      crc = crc32(chunk.subarray(0, read), crc);
      at += read;
    }
    return crc;
  }

  close(): void {
    for (const fd of this.files.values()) closeSync(fd);
    this.files.clear();
  }

  private open(segment: Segment, flags = 0): number {
    const known = this.files.get(segment.index);
    if (known !== undefined) return known;
    const fd = openSync(segment.file, constants.O_RDWR | constants.O_CREAT | flags, 0o666);
    this.files.set(segment.index, fd);
    return fd;
  }
}

/** Writes all of `bytes` at a position; the system may take them in several pieces. */
export function writeFully(fd: number, bytes: Buffer, position: number, point: FaultPoint): void {
  faultPoint(point, { fd, bytes, position });
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Forces the file's data to the disk, without stopping the event loop. */
export const datasync: (fd: number) => Promise<void> = promisify(fdatasync);
