import { createHash } from "node:crypto";
import { functionText, isFunction } from "../core/function-text.js";
import type { Destination } from "../destinations/destination.js";
import type { Source } from "../extract/source.js";
import type { Schemas } from "./schema-folder.js";

/** Raised when the meaning of a fingerprint changes, so that packages of older releases are not continued by mistake. */
const VERSION = 1;

/**
 * Stands for "the same call": the sources with everything that decides which rows come, the destination, the dataset.
 * Credentials are not part of it, so that a rotated token does not lose an interrupted run.
 */
export function fingerprintOf(
  sources: readonly Source[],
  destination: Destination,
  dataset: string,
  refresh: string | undefined,
  imported: Schemas,
): string {
  const parts = {
    VERSION,
    destination: [destination.type, destination.location, dataset],
    refresh,
    imported: Object.keys(imported).length === 0 ? undefined : imported,
    sources: sources.map((source) => ({
      name: source.name,
      nesting: source.maxTableNesting,
      rootKey: source.rootKey,
      contract: source.schemaContract,
      naming: source.naming,
      resources: source.resources.map(({ definition }) => ({
        name: definition.name,
        parent: definition.parent?.resource,
        hints: definition.hints,
        incremental: definition.incremental,
        selected: definition.selected,
        limit: definition.limit,
        onError: definition.onError,
        fingerprint: definition.fingerprint,
      })),
    })),
  };
  const text = JSON.stringify(parts, (_key, value: unknown) =>
    isFunction(value) ? functionText(value) : typeof value === "bigint" ? `${value}n` : value,
  );
  return createHash("sha256").update(text).digest("hex");
}
