import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

/**
 * A package that is loaded when it is first used, synchronously. For libraries that most runs never touch: importing
 * sluice loads none of them. Its type is given by the caller: `import type * as name from "name"`, then
 * `lazyModule<typeof name>("name")`.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the type, a name cannot tell it
export function lazyModule<T>(name: string): () => T {
  let module: T | undefined;
  return () => (module ??= load(name) as T);
}
