import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../core/errors.js";
import { PackageError } from "./errors.js";
import { encodeRecord, readJournal } from "./journal.js";
import {
  type CompleteRecord,
  JOURNAL_VERSION,
  type JournalRecord,
  type PageRecord,
  type RunRecord,
} from "./records.js";
import { PageBuffer, SegmentSet, type Segment } from "./segments.js";

const JOURNAL_FILE = "journal.jsonl";

/** Commits wait while more than this is on its way to the files, so that a slow disk slows the fetching and not the heap. */
const MAX_PENDING_BYTES = 2 << 20;

/** A segment that reached this is followed by another. Measured with DuckDB: 1M rows load with 159 MiB from such files, 190 from one. */
const MAX_SEGMENT_BYTES = 8 << 20;

export interface LoadPackageOptions {
  /**
   * Milliseconds between two fsyncs, default 1000. A killed process loses nothing that was committed; a power cut can
   * cost the pages of this span, which are fetched again.
   */
  readonly syncIntervalMs?: number;
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

interface Pending {
  readonly writes: Map<Segment, { readonly start: number; readonly bytes: Buffer[] }>;
  journal: string;
  bytes: number;
}

/**
 * One run on the disk: a journal and segment files in `<pipeline>/packages/<loadId>/`.
 *
 * `commitPage` is synchronous and only queues; a single writer puts the bytes of the segments down first and the record
 * that names them after that. So a record in the journal means that its rows are there, and rows without a record are
 * cut off on recovery.
 */
export class LoadPackage {
  readonly dir: string;
  readonly run: RunRecord;
  readonly buffer: PageBuffer = new PageBuffer();
  readonly segments: SegmentSet;
  private readonly journal: FileHandle;
  private readonly syncIntervalMs: number;
  private journalEnd: number;
  private pending: Pending = emptyPending();
  private writing: Promise<void> | undefined;
  private failure: unknown;
  private readonly dirty = new Set<number>();
  private lastSync = performance.now();
  private current: PackageStatus;

  private constructor(dir: string, run: RunRecord, journal: FileHandle, found: Recovered, options: LoadPackageOptions) {
    this.dir = dir;
    this.run = run;
    this.journal = journal;
    this.segments = found.segments;
    this.journalEnd = found.end;
    this.current = found.status;
    this.syncIntervalMs = options.syncIntervalMs ?? 1000;
  }

  /** Starts a package. The directory appears under its name only together with an intact run record. */
  static async create(dir: string, run: RunRecord, options: LoadPackageOptions = {}): Promise<LoadPackage> {
    const fresh = `${dir}.new`;
    try {
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { recursive: true });
      const first = await open(join(fresh, JOURNAL_FILE), "wx");
      const line = encodeRecord(run);
      await first.writeFile(line);
      await first.close();
      await rename(fresh, dir);
      const status = { complete: undefined, rejected: undefined, published: false };
      const found = { segments: new SegmentSet(dir), end: Buffer.byteLength(line), status };
      return new LoadPackage(dir, run, await open(join(dir, JOURNAL_FILE), "r+"), found, options);
    } catch (error) {
      throw new PackageError(`The work directory ${dirname(dir)} cannot be written: ${messageOf(error)}`, {
        cause: error,
        hint: "Give a writable `pipelinesDir` (CLI: --pipelines-dir), or free space on the disk.",
      });
    }
  }

  /**
   * Opens a package that an earlier process left: reads the journal up to its last intact record, checks what was never
   * forced to the disk, and cuts the files to what is committed. Undefined when there is no intact run record of this version.
   */
  static async open(dir: string, options: LoadPackageOptions = {}): Promise<LoadPackage | undefined> {
    const path = join(dir, JOURNAL_FILE);
    if (!existsSync(path)) return undefined;
    let synced = 0;
    let run: RunRecord | undefined;
    for await (const { record, end } of readJournal(path)) {
      if (record.k === "run") run = record;
      if (record.k === "sync" || record.k === "published") synced = end;
    }
    if (run === undefined || run.v !== JOURNAL_VERSION) return undefined;
    const found = await recover(dir, path, synced);
    const journal = await open(path, "r+");
    await journal.truncate(found.end);
    if (!found.status.published) for (const segment of found.segments.all) await found.segments.truncate(segment);
    return new LoadPackage(dir, run, journal, found, options);
  }

  get status(): PackageStatus {
    return this.current;
  }

  /** The records that count, from the first on. Only between `open` and the first commit. */
  async *replay(): AsyncGenerator<JournalRecord> {
    for await (const { record, end } of readJournal(join(this.dir, JOURNAL_FILE))) {
      if (end > this.journalEnd) return;
      yield record;
    }
  }

  /**
   * Commits what `buffer` holds together with the record that names it. Returns the complete record.
   * Nothing is durable yet: `flush` waits for that, `ready` for room.
   */
  commitPage(page: Omit<PageRecord, "k" | "seg">): PageRecord {
    const parts = this.buffer.takePage((table) => {
      const known = this.segments.find(page.r, table);
      if (known !== undefined && known.end < MAX_SEGMENT_BYTES) return known;
      this.queueRecord({ k: "segment", r: page.r, table });
      return this.segments.add(page.r, table);
    });
    const seg = parts.map(({ segment, bytes, crc, rows }) => {
      const queued = this.pending.writes.get(segment);
      if (queued === undefined) this.pending.writes.set(segment, { start: segment.end, bytes: [bytes] });
      else queued.bytes.push(bytes);
      this.pending.bytes += bytes.length;
      segment.end += bytes.length;
      segment.rows += rows;
      return [segment.index, segment.end, crc, rows] as const;
    });
    const record: PageRecord = { k: "page", ...page, ...(seg.length === 0 ? {} : { seg }) };
    this.queueRecord(record);
    return record;
  }

  /** Resolves when there is room for another page. Throws `PackageError` when the disk refused an earlier one. */
  async ready(): Promise<void> {
    while (this.pending.bytes > MAX_PENDING_BYTES && this.writing !== undefined) await this.writing;
    this.throwFailure();
  }

  /** Resolves when all that was committed is in the files. */
  async flush(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    this.throwFailure();
  }

  /** Voids everything of these resources: the record is forced to the disk before their files are emptied. */
  async reset(resources: readonly number[]): Promise<void> {
    await this.flush();
    this.queueRecord({ k: "reset", r: resources });
    await this.flush();
    await this.sync();
    for (const segment of this.segments.all) {
      if (!resources.includes(segment.resource)) continue;
      segment.end = 0;
      segment.rows = 0;
      await this.segments.truncate(segment);
    }
  }

  /** Records that extraction reached its end, with what the publish needs. */
  async complete(record: Omit<CompleteRecord, "k">): Promise<void> {
    const complete: CompleteRecord = { k: "complete", ...record };
    this.queueRecord(complete);
    await this.flush();
    this.current = { ...this.current, complete };
  }

  /** Records that the destination has the load. */
  async markPublished(): Promise<void> {
    this.queueRecord({ k: "published" });
    await this.flush();
    this.current = { ...this.current, published: true };
  }

  /** Records that the destination refused this package. */
  async reject(message: string): Promise<void> {
    this.queueRecord({ k: "rejected", message });
    await this.flush();
    this.current = { ...this.current, rejected: message };
  }

  /** Waits for the writer and frees the file handles; the package stays. Does not throw for a disk that already failed. */
  async close(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    await this.segments.close();
    await this.journal.close();
  }

  private queueRecord(record: JournalRecord): void {
    const line = encodeRecord(record);
    this.pending.journal += line;
    this.pending.bytes += line.length;
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  /** The single writer: takes all that is queued, writes it, and looks again. Commits that come meanwhile form the next group. */
  private async write(): Promise<void> {
    await Promise.resolve(); // Lets the commit that started us finish queueing, so that a page is never split.
    while (this.pending.journal !== "" && this.failure === undefined) {
      const group = this.pending;
      this.pending = emptyPending();
      try {
        for (const [segment, { start, bytes }] of group.writes) {
          await this.segments.write(segment, bytes, start);
          this.dirty.add(segment.index);
        }
        await this.appendJournal(group.journal);
        if (performance.now() - this.lastSync >= this.syncIntervalMs) await this.sync();
      } catch (error) {
        this.failure = error;
      }
    }
  }

  private async appendJournal(text: string): Promise<void> {
    const bytes = Buffer.from(text, "utf8");
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.journal.write(bytes, done, bytes.length - done, this.journalEnd + done);
      done += bytesWritten;
    }
    this.journalEnd += bytes.length;
  }

  private async sync(): Promise<void> {
    await this.segments.sync(this.dirty);
    this.dirty.clear();
    await this.appendJournal(encodeRecord({ k: "sync" }));
    await this.journal.datasync();
    this.lastSync = performance.now();
  }

  private throwFailure(): void {
    if (this.failure === undefined) return;
    throw new PackageError(`The load package in ${this.dir} cannot be written: ${messageOf(this.failure)}`, {
      cause: this.failure,
      hint: "What was committed before is kept. Free space or repair the directory, then run again: it goes on from there.",
    });
  }
}

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
      if (end > synced && !(await isIntact(segments, record))) break;
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

async function isIntact(segments: SegmentSet, record: PageRecord): Promise<boolean> {
  for (const [index, end, crc] of record.seg ?? []) {
    const segment = segments.all[index];
    if (segment === undefined || (await segments.checksum(segment, segment.end, end)) !== crc) return false;
  }
  return true;
}

function emptyPending(): Pending {
  return { writes: new Map(), journal: "", bytes: 0 };
}
