// `npm run interop:record`: has dlt load the shop and writes down what came of it, for tests without Python.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { contentsOf, dumpDataset, schemaVersions } from "./dataset-copy.js";
import { findDlt } from "./dlt-python.js";
import { type Recording, RECORDING_FILE } from "./recording.js";
import { interopScene } from "./tools.js";

const found = findDlt();
if ("missing" in found) throw new Error(found.missing);
const scene = await interopScene(found.python);
try {
  const alone = scene.job("alone");
  await scene.play("D", alone);
  const begun = await dumpDataset(alone);
  await scene.play("DD", alone, 1);
  const after = scene.job("after");
  await scene.play("SDD", after);
  const recording: Recording = {
    versions: await scene.dlt.ask({ action: "versions" }),
    begun,
    contents: await contentsOf(alone),
    versionsByDlt: await schemaVersions(alone),
    versionsAfterSluice: await schemaVersions(after),
  };
  mkdirSync(dirname(RECORDING_FILE), { recursive: true });
  writeFileSync(RECORDING_FILE, `${JSON.stringify(recording, undefined, 1)}\n`);
} finally {
  await scene[Symbol.asyncDispose]();
}
