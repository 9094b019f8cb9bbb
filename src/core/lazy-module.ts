import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

/**
 * A package that is loaded when it is first used, synchronously. For libraries that most runs never touch: importing
 * sluice loads none of them. Give the type as `lazyModule<typeof import("name")>("name")`.
 */
export function lazyModule<T>(name: string): () => T {
  let module: T | undefined;
  return () => (module ??= load(name) as T);
}
