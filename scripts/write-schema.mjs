// Writes dist/pipeline.schema.json, by which editors complete and check pipeline files in YAML and JSON: the keys from what
// checks them at run time, the descriptions from the comments of the interfaces. Run by `npm run build`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Interfaces whose comments describe a part of the config; of a paginator or an auth it is found by its `type`. */
const INTERFACES = {
  client: "ClientConfig",
  defaults: "ResourceDefaults",
  resource: "ResourceConfig",
  endpoint: "EndpointConfig",
  incremental: "IncrementalConfig",
  column: "ColumnSchema",
  rateLimit: "LimitPerUnit",
  "paginator json_response": "JsonLinkConfig",
};

const interfaces = readInterfaces(path.join(root, "src"));
const { pipelineSchema } = await createJiti(import.meta.url).import("../src/cli/pipeline-schema.ts");
const schema = pipelineSchema(describe);
writeFileSync(path.join(root, "dist/pipeline.schema.json"), `${JSON.stringify(schema)}\n`);

/** The comment of a key, its first paragraph on one line. */
function describe(part, key) {
  const type = /^(?:paginator|auth) (.+)$/.exec(part)?.[1];
  const name = INTERFACES[part] ?? [...interfaces].find(([, { type: own }]) => own !== undefined && own === type)?.[0];
  return name === undefined ? undefined : comment(name, key);
}

function comment(name, key) {
  const found = interfaces.get(name);
  if (found === undefined) return undefined;
  return (
    found.comments.get(key) ?? found.parents.map((parent) => comment(parent, key)).find((text) => text !== undefined)
  );
}

/** Every interface below a folder: its parents, the comments of its members, the literal of its `type`. */
function readInterfaces(folder) {
  const result = new Map();
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const text = readFileSync(path.join(folder, file), "utf8");
    for (const [, name, heritage = "", body] of text.matchAll(
      /^(?:export )?interface (\w+)(?: extends ([^{]+))? \{\n([^]*?)^\}/gm,
    )) {
      const comments = [...body.matchAll(/^ {2}\/\*\*([^]*?)\*\/\n {2}readonly (\w+)\??:/gm)];
      result.set(name, {
        parents: [...heritage.matchAll(/\b[A-Z]\w+(?=[,>\s]|$)/g)].map(([parent]) => parent),
        type: /^ {2}readonly type: "(\w+)";/m.exec(body)?.[1],
        comments: new Map(comments.map(([, comment, key]) => [key, plain(comment)])),
      });
    }
  }
  return result;
}

function plain(comment) {
  const text = comment.replace(/\n\s*\* ?/g, "\n").trim();
  return text
    .split(/\n\n/)[0]
    .replace(/\s+/g, " ")
    .replace(/\{@link (\w+)\}/g, "$1");
}
