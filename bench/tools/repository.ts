import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "./tool.js";

/** There npm is a script, which only a shell can start. */
const WINDOWS = process.platform === "win32";

/** The commit that is measured; null outside of a git checkout. */
export function headCommit(): string | null {
  return git("rev-parse", "--short=7", "HEAD");
}

/** Whether the sources differ from the commit. */
export function hasChanges(): boolean {
  return (git("status", "--porcelain", "--", "src", "package.json", "package-lock.json") ?? "") !== "";
}

/** The newest release: the last tag, or the commit before `## Unreleased` came into the changelog; null when there is neither. */
export function previousRelease(): string | null {
  const tag = git("describe", "--tags", "--abbrev=0");
  if (tag !== null) return tag;
  const since = git("log", "-1", "--format=%h", "-S", "## Unreleased", "--", "CHANGELOG.md");
  return since === null || since === "" ? null : git("rev-parse", "--short=7", `${since}^`);
}

/** A checkout of another commit, built, in a folder of its own. */
export class BuiltCommit {
  readonly folder: string;
  readonly commit: string;

  private constructor(folder: string, commit: string) {
    this.folder = folder;
    this.commit = commit;
  }

  /** Builds with the packages that are installed here. Throws when the commit is unknown or does not build. */
  static build(ref: string): BuiltCommit {
    const commit = git("rev-parse", "--short=7", `${ref}^{commit}`);
    if (commit === null) throw new Error(`there is no commit "${ref}" here`);
    const folder = mkdtempSync(path.join(tmpdir(), "sluice-previous-"));
    const built = new BuiltCommit(folder, commit);
    try {
      // Not `git worktree`: an interrupted benchmark would leave it registered.
      const archive = path.join(folder, "source.tar");
      command("git", ["archive", "--format=tar", `--output=${archive}`, commit], ROOT);
      command("tar", ["-xf", archive], folder);
      symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"), "junction");
      command("npm", ["run", "--silent", "build"], folder);
      return built;
    } catch (error) {
      built.remove();
      throw error;
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function git(...args: readonly string[]): string | null {
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function command(file: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: "utf8",
    shell: WINDOWS && file === "npm",
  });
  if (status !== 0) throw new Error(`${path.basename(file)} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}
