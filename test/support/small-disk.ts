import { execFileSync } from "node:child_process";

/** A file system in memory, made for one test. */
export interface SmallDisk {
  /** Changes its options, such as `size=20m` or `ro`. */
  remount(options: string): void;
  unmount(): void;
}

/** A file system of so many KiB at an empty folder; undefined where this process may not make one. */
export function smallDisk(path: string, kib: number): SmallDisk | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return {
    remount: (options) => void execFileSync("mount", ["-o", `remount,${options}`, path]),
    unmount: () => void execFileSync("umount", [path]),
  };
}
