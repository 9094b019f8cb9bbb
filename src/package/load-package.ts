import { closeSync, existsSync, ftruncateSync, openSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../core/errors.js";
import { faultPoint } from "../core/fault-point.js";
import type { Warning } from "../core/warnings.js";
import { PackageError } from "./errors.js";
import { encodeRecord, readJournal } from "./journal.js";
import {
  type CompleteRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type PageRecord,
  type PublishedRecord,
  type RejectedRecord,
  type ResetRecord,
  type RunRecord,
  type SegmentRecord,
  type SyncRecord,
} from "./records.js";
import { datasync, PageBuffer, type Segment, SegmentSet, writeFully } from "./segments.js";

/** Name of the journal in a package's directory. */
export const JOURNAL_FILE = "journal.jsonl";

/**
 * A segment that reached this is followed by another: DuckDB turns a file into vectors as a whole. Measured, 3M rows: 48 MB
 * do for files of this size, 60 for 2 MiB, and 100 do not for 8 MiB; smaller ones do not load faster.
 */
const MAX_SEGMENT_BYTES = 1 << 20;

export interface LoadPackageOptions {
  /**
   * Milliseconds between two fsyncs, default 1000. A killed process loses nothing that was committed; a power cut can
   * cost the pages of this span, which are fetched again.
   */
  readonly syncIntervalMs?: number;
  /** Throws when the package may be another process's by now; asked with every fsync and before the publish. Default: nobody else comes. */
  readonly assertOwn?: () => void;
}

/** How far a package came, as its journal tells. */
export interface PackageStatus {
  /** Set when extraction reached its end. */
  readonly complete: CompleteRecord | undefined;
  /** Message of the last rejection by the destination. */
  readonly rejected: string | undefined;
  /** True when the destination has committed it and only the removal is missing. */
  readonly published: boolean;
}

/**
 * One run on the disk: a journal and segment files in `<pipeline>/packages/<loadId>/`.
 *
 * A commit writes the rows first and the record that names them after that, both at once: a record in the journal means
 * that its rows are there, and rows without a record are cut off on recovery. The writes are synchronous, some ten
 * microseconds each into the system's cache: queueing them behind network and normalising held commits back by 100 ms,
 * which a kill then cost. Only the fsyncs go on in the background.
 */
export class LoadPackage {
  readonly dir: string;
  readonly run: RunRecord;
  readonly buffer: PageBuffer = new PageBuffer();
  readonly segments: SegmentSet;
  private readonly journal: number;
  private readonly syncIntervalMs: number;
  private readonly askOwner: () => void;
  private journalEnd: number;
  private readonly dirty = new Set<number>();
  private lastSync = performance.now();
  private syncing: Promise<void> | undefined;
  private failure: unknown;
  private closed = false;
  private current: PackageStatus;

  private constructor(dir: string, run: RunRecord, found: Recovered, options: LoadPackageOptions) {
    this.dir = dir;
    this.run = run;
    this.segments = found.segments;
    this.journalEnd = found.end;
    this.current = found.status;
    this.syncIntervalMs = options.syncIntervalMs ?? 1000;
    this.askOwner = options.assertOwn ?? (() => undefined);
    this.journal = openSync(join(dir, JOURNAL_FILE), "r+");
    ftruncateSync(this.journal, found.end);
  }

  /** Starts a package. The directory appears under its name only together with an intact run record. */
  static async create(dir: string, run: RunRecord, options: LoadPackageOptions = {}): Promise<LoadPackage> {
    const fresh = `${dir}.new`;
    try {
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { recursive: true });
      faultPoint("package-draft");
      const line = encodeRecord(run);
      await writeFile(join(fresh, JOURNAL_FILE), line, { flag: "wx" });
      faultPoint("package-rename");
      await rename(fresh, dir);
      faultPoint("package-created");
      const status = { complete: undefined, rejected: undefined, published: false };
      return new LoadPackage(
        dir,
        run,
        { segments: new SegmentSet(dir), end: Buffer.byteLength(line), status },
        options,
      );
    } catch (error) {
      throw new PackageError(`The work directory ${dirname(dir)} cannot be written: ${messageOf(error)}`, {
        cause: error,
        hint: "Give a writable `pipelinesDir` (CLI: --pipelines-dir), or free space on the disk.",
      });
    }
  }

  /**
   * Opens a package that an earlier process left: reads the journal up to its last intact record, checks what was never
   * forced to the disk, and cuts the files to what is committed. Undefined when there is no intact
   * run record of this version, or when rows are missing that had been forced to the disk.
   */
  static async open(dir: string, options: LoadPackageOptions = {}): Promise<LoadPackage | undefined> {
    const path = join(dir, JOURNAL_FILE);
    if (!existsSync(path)) return undefined;
    let synced = 0;
    let run: RunRecord | undefined;
    for await (const { record, end } of readJournal(path)) {
      if (record.k === "run") run = record;
      if (record.k === "sync") synced = record.upTo;
      if (record.k === "published") synced = end;
    }
    if (run === undefined || run.v !== JOURNAL_VERSION) return undefined;
    const found = await recover(dir, path, synced);
    if (!found.status.published) {
      if (found.segments.all.some((segment) => found.segments.sizeOf(segment) < segment.end)) return undefined;
      faultPoint("recover-truncate");
      for (const segment of found.segments.all) found.segments.truncate(segment);
    }
    return new LoadPackage(dir, run, found, options);
  }

  get status(): PackageStatus {
    return this.current;
  }

  /** The records that count, from the first on; not while pages are committed. */
  async *replay(): AsyncGenerator<JournalRecord> {
    for await (const { record, end } of readJournal(join(this.dir, JOURNAL_FILE))) {
      if (end > this.journalEnd) return;
      yield record;
    }
  }

  /** The page that brought a row of a segment, and the row's 0-based position in it; undefined when the segment ends before. */
  async originOf(
    segment: Segment,
    row: number,
  ): Promise<{ readonly resource: number; readonly page: number; readonly row: number } | undefined> {
    let seen = 0;
    let found: { resource: number; page: number; row: number } | undefined;
    for await (const record of this.replay()) {
      if (record.k === "reset" && record.r.includes(segment.resource)) {
        seen = 0;
        found = undefined;
      }
      if (record.k !== "page") continue;
      for (const [index, , , rows] of record.seg ?? []) {
        if (index !== segment.index) continue;
        if (found === undefined && row < seen + rows) found = { resource: record.r, page: record.p, row: row - seen };
        seen += rows;
      }
    }
    return found;
  }

  /**
   * Commits what `buffer` holds together with the record that names it; a process that is killed from here on has the
   * page. Returns the complete record. Throws `PackageError` when the disk refuses it; the page does not count then.
   */
  commitPage(page: Omit<PageRecord, "k" | "seg">): PageRecord {
    if (this.failure !== undefined) throw this.writeError(this.failure);
    try {
      return this.writePage(page);
    } catch (error) {
      throw this.writeError(error);
    } finally {
      this.syncInBackground();
    }
  }

  /**
   * Voids everything of these resources: the record is forced to the disk before their files are emptied. Like all that
   * writes, throws `PackageError` when the disk refuses it.
   */
  async reset(resources: readonly number[], warnings: readonly Warning[] = []): Promise<void> {
    try {
      this.append([{ k: "reset", r: resources, ...(warnings.length === 0 ? {} : { warn: warnings }) }]);
      await this.syncing;
      await this.sync(); // From here on recovery does not look at the rows that are voided.
      faultPoint("reset-truncate");
      for (const segment of this.segments.all) {
        if (!resources.includes(segment.resource)) continue;
        segment.end = 0;
        segment.rows = 0;
        this.segments.truncate(segment);
      }
    } catch (error) {
      throw this.writeError(error);
    }
  }

  /** Records that extraction reached its end, with what the publish needs. */
  complete(record: Omit<CompleteRecord, "k">): void {
    this.assertOwn();
    const complete: CompleteRecord = { k: "complete", ...record };
    this.note(complete);
    this.current = { ...this.current, complete };
  }

  /** Records that the destination has the load. */
  markPublished(): void {
    this.note({ k: "published" });
    this.current = { ...this.current, published: true };
  }

  /** Records that the destination refused this package. */
  reject(message: string): void {
    this.note({ k: "rejected", message });
    this.current = { ...this.current, rejected: message };
  }

  /** To be asked before the publish. Throws `PackageError` when another process may be writing this package. */
  assertOwn(): void {
    try {
      this.askOwner();
    } catch (error) {
      throw this.writeError(error);
    }
  }

  /** Frees the files; the package stays. Calling it again does nothing: the numbers of closed files belong to others. */
  async close(): Promise<void> {
    await this.syncing;
    if (this.closed) return;
    this.closed = true;
    this.segments.close();
    closeSync(this.journal);
  }

  private writePage(page: Omit<PageRecord, "k" | "seg">): PageRecord {
    const records: SegmentRecord[] = [];
    const parts = this.buffer.takePage((table) => {
      const known = this.segments.find(page.r, table);
      if (known !== undefined && known.end < MAX_SEGMENT_BYTES) return known;
      records.push({ k: "segment", r: page.r, table });
      return this.segments.add(page.r, table);
    });
    for (const { segment, lines } of parts) this.segments.write(segment, lines);
    const seg = parts.map(({ segment, size, crc, rows }) => [segment.index, segment.end + size, crc, rows] as const);
    const record: PageRecord = { k: "page", ...page, ...(seg.length === 0 ? {} : { seg }) };
    this.append([...records, record]);
    faultPoint("page-written");
    for (const { segment, size, rows } of parts) {
      segment.end += size;
      segment.rows += rows;
      this.dirty.add(segment.index);
    }
    return record;
  }

  private note(record: CompleteRecord | PublishedRecord | RejectedRecord): void {
    if (this.failure !== undefined) throw this.writeError(this.failure);
    try {
      this.append([record]);
    } catch (error) {
      throw this.writeError(error);
    }
  }

  /** The last record decides what the whole is; those before it open its segments. */
  private append(records: readonly [...SegmentRecord[], AppendedRecord]): void {
    const bytes = Buffer.from(records.map(encodeRecord).join(""), "utf8");
    const { k } = records[records.length - 1] ?? records[0];
    writeFully(this.journal, bytes, this.journalEnd, `journal-${k === "segment" ? "page" : k}`);
    this.journalEnd += bytes.length;
  }

  /** At most one fsync goes on at a time; it covers what was committed when it began. */
  private syncInBackground(): void {
    if (this.syncing !== undefined || performance.now() - this.lastSync < this.syncIntervalMs) return;
    this.syncing = this.sync()
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.lastSync = performance.now();
        this.syncing = undefined;
      });
  }

  private async sync(): Promise<void> {
    this.askOwner();
    const upTo = this.journalEnd;
    const indexes = [...this.dirty];
    this.dirty.clear();
    faultPoint("sync-segments");
    await this.segments.sync(indexes);
    faultPoint("sync-journal");
    await datasync(this.journal);
    this.append([{ k: "sync", upTo }]);
  }

  private writeError(cause: unknown): PackageError {
    if (!existsSync(this.dir))
      return new PackageError(`The load package ${this.dir} was removed while its run went on`, {
        cause,
        hint: "This run has published nothing and moved no cursor: run again, its rows are read afresh.",
      });
    if (cause instanceof PackageError) return cause;
    return new PackageError(`The load package in ${this.dir} cannot be written: ${messageOf(cause)}`, {
      cause,
      hint: "What was committed before is kept. Free space or repair the directory, then run again: it goes on from there.",
    });
  }
}

type AppendedRecord = PageRecord | ResetRecord | SyncRecord | CompleteRecord | PublishedRecord | RejectedRecord;

interface Recovered {
  readonly segments: SegmentSet;
  readonly end: number;
  readonly status: PackageStatus;
}

/** Rebuilds the segments' committed ends; stops at the first record after the last fsync whose bytes are not what they were. */
async function recover(dir: string, path: string, synced: number): Promise<Recovered> {
  const segments = new SegmentSet(dir);
  let status: PackageStatus = { complete: undefined, rejected: undefined, published: false };
  let valid = 0;
  for await (const { record, end } of readJournal(path)) {
    if (record.k === "segment") segments.add(record.r, record.table);
    else if (record.k === "reset") {
      for (const segment of segments.all) {
        if (record.r.includes(segment.resource)) {
          segment.end = 0;
          segment.rows = 0;
        }
      }
    } else if (record.k === "page") {
      if (end > synced && !isIntact(segments, record)) break;
      for (const [index, segmentEnd, , rows] of record.seg ?? []) {
        const segment = segments.all[index];
        if (segment === undefined) continue;
        segment.end = segmentEnd;
        segment.rows += rows;
      }
    } else if (record.k === "complete") status = { ...status, complete: record };
    else if (record.k === "rejected") status = { ...status, rejected: record.message };
    else if (record.k === "published") status = { ...status, published: true };
    valid = end;
  }
  return { segments, end: valid, status };
}

function isIntact(segments: SegmentSet, record: PageRecord): boolean {
  for (const [index, end, crc] of record.seg ?? []) {
    const segment = segments.all[index];
    if (segment === undefined || segments.checksum(segment, segment.end, end) !== crc) return false;
  }
  return true;
}
