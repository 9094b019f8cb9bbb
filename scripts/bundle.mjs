// Bundles what the package ships: src/ and the packages that stand under devDependencies go into few files in dist/, what
// stands under dependencies stays outside. Loading 450 small files took half of a small run: a load of one row, as a process,
// needs 420 ms of CPU instead of 860. Removing comments and white space as well was not measurable, and they help to read
// stack traces; with --debug, or Node's --enable-source-maps, these name lines of src/.
// Run by `npm run build`, after tsc has written the declarations.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = path.join(root, "dist");
const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

const bundle = await rolldown({
  cwd: root,
  input: { index: "src/index.ts", "cli/main": "src/cli/main.ts" },
  platform: "node",
  external: Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
  resolve: {
    alias: {
      undici: path.join(root, "scripts/bundled-undici.js"),
      "node:http2": path.join(root, "scripts/bundled-http2.cjs"),
    },
  },
});
const { output } = await bundle.write({
  dir: dist,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();
writeFileSync(path.join(dist, "THIRD-PARTY-LICENSES.txt"), licenses(bundledPackages(output)));

pruneDeclarations();

/** Removes declarations that the public ones do not need; those may name only packages that are installed with sluice. */
function pruneDeclarations() {
  const needed = new Set([path.join(dist, "index.d.ts")]);
  for (const file of needed) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport\()\s*"([^"]+)"/g)) {
      if (name.startsWith(".")) needed.add(path.resolve(path.dirname(file), name.replace(/\.js$/, ".d.ts")));
      else if (!name.startsWith("node:") && dependencies[name] === undefined)
        throw new Error(`${path.relative(root, file)} names ${name}, which is bundled and not installed with sluice`);
    }
  }
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (file.endsWith(".d.ts") && !needed.has(file)) rmSync(file);
  }
}

/** Folders of the packages that have code in the output, sorted. */
function bundledPackages(chunks) {
  const folders = chunks
    .flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []))
    .flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"))?.[1] ?? []);
  return [...new Set(folders)].sort((a, b) => (a < b ? -1 : 1));
}

/** The licences of what is bundled, as they ask for it. */
function licenses(folders) {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
      return `${name} ${version} (${license})\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
