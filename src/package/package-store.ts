import { rmSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { LoadPackage, type LoadPackageOptions } from "./load-package.js";
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

  constructor(layout: PipelineLayout, options: LoadPackageOptions = {}) {
    this.layout = layout;
    this.options = options;
  }

  async create(run: RunRecord): Promise<LoadPackage> {
    return LoadPackage.create(this.layout.package(run.loadId), run, this.options);
  }

  /** Packages that earlier runs left, oldest first, opened. Directories without an intact start are removed: nothing was committed in them. */
  async openAll(): Promise<LoadPackage[]> {
    const found: LoadPackage[] = [];
    for (const name of (await names(this.layout.packages)).sort()) {
      const dir = join(this.layout.packages, name);
      // `.new`: its run record was never finished.
      const pkg = name.endsWith(".new") ? undefined : await LoadPackage.open(dir, this.options);
      if (pkg === undefined) await rm(dir, { recursive: true, force: true });
      else found.push(pkg);
    }
    return found;
  }

  /** Moves a package away so that no run meets it again, and drops the oldest of those beyond the number kept. Returns where it is. */
  async setAside(pkg: LoadPackage): Promise<string> {
    await pkg.close();
    await mkdir(this.layout.setAside, { recursive: true });
    const target = join(this.layout.setAside, `${pkg.run.loadId}-${Date.now()}`);
    await rename(pkg.dir, target);
    const old = (await names(this.layout.setAside)).sort().slice(0, -KEPT_ASIDE);
    for (const name of old) await rm(join(this.layout.setAside, name), { recursive: true, force: true });
    return target;
  }

  /**
   * Removes a published package, the journal last: until then the package answers for its call, so that a process that
   * dies here does not load twice. The last step is synchronous to keep the gap before `run()` returns short.
   */
  async remove(pkg: LoadPackage): Promise<void> {
    await pkg.close();
    for (const segment of pkg.segments.all) await rm(segment.file, { force: true });
    rmSync(pkg.dir, { recursive: true, force: true });
  }

  /** Drops everything that is in flight. Returns the load ids. */
  async dropAll(): Promise<string[]> {
    const dropped = (await this.summaries()).map((summary) => summary.loadId);
    await rm(this.layout.packages, { recursive: true, force: true });
    return dropped;
  }

  async summaries(): Promise<PackageSummary[]> {
    const packages = await this.openAll();
    try {
      return packages.map(summaryOf);
    } finally {
      for (const pkg of packages) await pkg.close();
    }
  }
}

function summaryOf(pkg: LoadPackage): PackageSummary {
  const { complete, rejected } = pkg.status;
  const rows = pkg.segments.all.reduce((sum, segment) => sum + segment.rows, 0);
  const base = { loadId: pkg.run.loadId, startedAt: pkg.run.startedAt, rows };
  if (rejected !== undefined) return { ...base, state: "rejected", reason: rejected };
  return { ...base, state: complete === undefined ? "interrupted" : "complete" };
}

async function names(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
