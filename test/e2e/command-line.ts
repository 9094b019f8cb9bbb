import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
/** The built CLI, as the package ships it. */
export const MAIN: string = path.join(ROOT, "dist/cli/main.js");

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own in which commands run. */
export class Workspace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A new folder in which `import "sluice"` finds the built package, as after `npm install`. */
  static async create(): Promise<Workspace> {
    if (!existsSync(MAIN))
      throw new Error(`${MAIN} is missing: these tests run the built CLI. Run \`npm run build\` first.`);
    const workspace = new Workspace(await mkdtemp(path.join(tmpdir(), "sluice-cli-")));
    await mkdir(workspace.path("node_modules"));
    await symlink(ROOT, workspace.path("node_modules/sluice"), "junction");
    return workspace;
  }

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  async write(name: string, content: string | object): Promise<void> {
    await mkdir(path.dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), typeof content === "string" ? content : JSON.stringify(content));
  }

  /** Runs `sluice` to its end. */
  async sluice(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.start(args, env).result;
  }

  /** Starts `sluice`; `result` resolves when it ends. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): { readonly process: ChildProcess; readonly result: Promise<CommandResult> } {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const result = new Promise<CommandResult>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
    });
    return { process: child, result };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return () => text;
}

/** A promise that is resolved from outside, for "wait until the server was asked". */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const parts: { resolve?: () => void } = {};
  const promise = new Promise<void>((resolve) => (parts.resolve = resolve));
  return { promise, resolve: () => parts.resolve?.() };
}
