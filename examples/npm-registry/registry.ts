import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Address of the registry that npm is configured with on this machine, without a slash at the end. */
export async function npmRegistry(): Promise<string> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { stdout } = await promisify(execFile)(npm, ["config", "get", "registry"], {
    shell: process.platform === "win32",
  });
  return stdout.trim().replace(/\/+$/, "");
}
