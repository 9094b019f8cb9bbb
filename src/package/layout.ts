import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

/** Default of `pipelinesDir`, relative to the working directory. */
export const DEFAULT_PIPELINES_DIR = ".sluice/pipelines";

/** Names that stand for devices on Windows, whatever ending they have. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * The one place where a name becomes a path. Names made of letters, digits, `_` and `-` are kept, so that people find
 * their files; anything else is replaced and a hash of the full name keeps two names apart.
 */
export function safeFileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 100);
  if (plain === name && name !== "" && !DEVICES.test(name)) return name;
  return `${plain}-${createHash("sha256").update(name).digest("hex").slice(0, 10)}`;
}

/** Where the packages of one pipeline live. */
export class PipelineLayout {
  readonly root: string;

  constructor(pipelinesDir: string, pipelineName: string) {
    this.root = join(resolve(pipelinesDir), safeFileName(pipelineName));
  }

  get lockFile(): string {
    return join(this.root, "lock");
  }

  /** Load info of the last finished run, for `status`. */
  get lastRunFile(): string {
    return join(this.root, "last-run.json");
  }

  get packages(): string {
    return join(this.root, "packages");
  }

  /** Packages that no run will continue; kept for inspection. */
  get setAside(): string {
    return join(this.root, "set-aside");
  }

  package(loadId: string): string {
    return join(this.packages, loadId.replace(/[^0-9.]/g, "_"));
  }
}
