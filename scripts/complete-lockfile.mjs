// Completes package-lock.json after `npm install` against a registry mirror that lacks the binaries of other platforms.
// npm then leaves those optional packages out of the lock, and `npm ci` refuses it. Their names say for which system they are,
// so that npm skips them elsewhere and fetches them by version where they fit. Run: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from "node:fs";

const OS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const CPU = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const added = [];
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] !== undefined) continue;
    const parts = name.split(/[/-]/);
    const os = OS.filter((part) => parts.includes(part));
    const cpu = CPU.filter((part) => parts.includes(part));
    if (cpu.length === 0) throw new Error(`${name} does not say which platform it is for`);
    const dev = owner.dev === true ? { dev: true } : {};
    lock.packages[key] = { version, cpu, ...dev, optional: true, ...(os.length === 0 ? {} : { os }) };
    added.push(name);
  }
}
const packages = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
for (const [, entry] of packages) delete entry.resolved;
lock.packages = Object.fromEntries(packages);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added`);
