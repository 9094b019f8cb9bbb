import { existsSync, rmSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf } from "../core/errors.js";
import { faultPoint } from "../core/fault-point.js";
import { PackageError } from "./errors.js";
import { readJournal } from "./journal.js";
import { JOURNAL_FILE, LoadPackage, type LoadPackageOptions } from "./load-package.js";
import type { PipelineLayout } from "./layout.js";
import type { RunRecord } from "./records.js";

/** Packages set aside are kept for inspection, the newest of them. */
const KEPT_ASIDE = 5;

/** What `status` shows of a package. */
export interface PackageSummary {
  readonly loadId: string;
  readonly startedAt: string;
  /** `interrupted`: pages are missing; `complete`: only the publish is missing; `rejected`: the destination refused it. */
  readonly state: "interrupted" | "complete" | "rejected";
  readonly rows: number;
  /** Message of the rejection. */
  readonly reason?: string;
}

/** The packages of one pipeline on the disk. The caller holds the pipeline's lock. */
export class PackageStore {
  private readonly layout: PipelineLayout;
  private readonly options: LoadPackageOptions;
  /** Published packages whose journals are still there. */
  private readonly doomed: string[] = [];

  constructor(layout: PipelineLayout, options: LoadPackageOptions = {}) {
    this.layout = layout;
    this.options = options;
  }

  async create(run: RunRecord): Promise<LoadPackage> {
    return LoadPackage.create(this.layout.package(run.loadId), run, this.options);
  }

  /** True when no earlier run has left anything. */
  async isEmpty(): Promise<boolean> {
    return (await names(this.layout.packages)).length === 0;
  }

  /**
   * Packages that earlier runs left, oldest first, opened. What cannot be continued (damaged, or of another version of
   * sluice) is set aside; `onNotice` is told where.
   */
  async openAll(onNotice: (message: string) => void): Promise<LoadPackage[]> {
    const found: LoadPackage[] = [];
    for (const name of (await names(this.layout.packages)).sort()) {
      const dir = join(this.layout.packages, name);
      const isPackage = !name.endsWith(".new") && existsSync(join(dir, JOURNAL_FILE));
      // Begun and never finished, or removed up to its directory: nothing was ever committed in it, or all is published.
      if (!isPackage) await rm(dir, { recursive: true, force: true });
      else {
        const pkg = await this.open(dir);
        if (pkg !== undefined) found.push(pkg);
        else if (existsSync(dir))
          onNotice(
            `${name} cannot be continued (damaged, or made by another version of sluice) and was set aside in ${await this.moveAside(dir)}; its cursor never moved`,
          );
      }
    }
    return found;
  }

  /** Undefined for what cannot be opened, and for a published package that its own process removes at this moment. */
  private async open(dir: string): Promise<LoadPackage | undefined> {
    try {
      return await LoadPackage.open(dir, this.options);
    } catch (error) {
      if (existsSync(dir))
        throw new PackageError(`The load package in ${dir} cannot be read: ${messageOf(error)}`, {
          cause: error,
          hint: "Repair the directory, or remove it: its cursor never moved, so its rows are read again.",
        });
      return undefined;
    }
  }

  /** Moves a package away so that no run meets it again. Returns where it is. */
  async setAside(pkg: LoadPackage): Promise<string> {
    await pkg.close();
    return this.moveAside(pkg.dir);
  }

  /**
   * Removes a published package, its journal only with `finish`: until then the package answers for its call, so that a
   * process that dies here does not load twice.
   */
  async remove(pkg: LoadPackage): Promise<void> {
    await pkg.close();
    for (const segment of pkg.segments.all) {
      faultPoint("segment-remove");
      await rm(segment.file, { force: true });
    }
    this.doomed.push(pkg.dir);
  }

  /** The last act of a run, synchronous to keep the gap before it returns short. */
  finish(): void {
    for (const dir of this.doomed.splice(0)) {
      faultPoint("package-remove");
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** Drops everything that is in flight. Returns the load ids. */
  async dropAll(): Promise<string[]> {
    const dropped = (await this.summaries()).map((summary) => summary.loadId);
    await rm(this.layout.packages, { recursive: true, force: true });
    return dropped;
  }

  /** What is there, without touching it: may be called while a run is going on. */
  async summaries(): Promise<PackageSummary[]> {
    const summaries: PackageSummary[] = [];
    for (const name of (await names(this.layout.packages)).sort()) {
      const summary = name.endsWith(".new") ? undefined : await summaryOf(join(this.layout.packages, name));
      if (summary !== undefined) summaries.push(summary);
    }
    return summaries;
  }

  private async moveAside(dir: string): Promise<string> {
    await mkdir(this.layout.setAside, { recursive: true });
    const target = join(this.layout.setAside, `${basename(dir)}-${Date.now()}`);
    faultPoint("set-aside");
    await rename(dir, target);
    const old = (await names(this.layout.setAside)).sort().slice(0, -KEPT_ASIDE);
    for (const name of old) await rm(join(this.layout.setAside, name), { recursive: true, force: true });
    return target;
  }
}

/** Undefined for a package without an intact start, or one that is published and only being removed. */
async function summaryOf(dir: string): Promise<PackageSummary | undefined> {
  let run: RunRecord | undefined;
  let state: PackageSummary["state"] = "interrupted";
  let reason: string | undefined;
  let rows = 0;
  if (!existsSync(join(dir, JOURNAL_FILE))) return undefined;
  for await (const { record } of readJournal(join(dir, JOURNAL_FILE))) {
    if (record.k === "run") run = record;
    else if (record.k === "page") for (const [, , , count] of record.seg ?? []) rows += count;
    else if (record.k === "complete") state = "complete";
    else if (record.k === "rejected") {
      state = "rejected";
      reason = record.message;
    } else if (record.k === "published") return undefined;
  }
  if (run === undefined) return undefined;
  return { loadId: run.loadId, startedAt: run.startedAt, rows, state, ...(reason === undefined ? {} : { reason }) };
}

async function names(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new PackageError(`${dir} cannot be read: ${messageOf(error)}`, {
      cause: error,
      hint: "Give another `pipelinesDir` (CLI: --pipelines-dir).",
    });
  }
}
