import { randomUUID } from "node:crypto";

/**
 * What a function is compared by: its source text. One that has none (bound ones, proxies) gets another text with every
 * call: what it does cannot be known. Built-in ones such as `Number` are told by their names.
 */
export function functionText(run: (...given: never[]) => unknown): string {
  const text = run.toString();
  return /^(async )?function\s*\(\)\s*\{\s*\[native code\]\s*\}$/.test(text) ? randomUUID() : text;
}

export function isFunction(value: unknown): value is (...given: never[]) => unknown {
  return typeof value === "function";
}
