import { SluiceError } from "./errors.js";
import { ExactNumber } from "./exact-number.js";
import { isPlainObject } from "./json.js";

export interface JsonTextOptions {
  /** Sort the keys of every object by code point, as Python's JSON writers do. Default: source order. */
  readonly sortKeys?: boolean;
  /** Called for every string (keys too) before it is quoted. */
  readonly clean?: (text: string) => string;
  /** Called for every NaN and Infinity, which become null. */
  readonly onNonFinite?: () => void;
}

interface Frame {
  readonly container: object;
  readonly entries: readonly (readonly [string | undefined, unknown])[];
  next: number;
  empty: boolean;
}

/**
 * Compact JSON of any value that user code or an API may hand over. Unlike `JSON.stringify` it writes bigints as digits,
 * takes values as {@link plainValue} sees them, can sort keys, and needs no call stack: a document nested 100,000 levels
 * deep is written like any other. Throws `SluiceError` (`SLUICE_CYCLIC_VALUE`) for an object that contains itself.
 */
export function jsonText(value: unknown, options: JsonTextOptions = {}): string {
  const clean = options.clean ?? ((text: string) => text);
  const stack: Frame[] = [];
  const open = new Set<object>();
  let text = "";

  const write = (raw: unknown): void => {
    const plain = plainValue(raw);
    if (typeof plain === "string") text += JSON.stringify(clean(plain));
    else if (typeof plain === "number" && !Number.isFinite(plain)) {
      options.onNonFinite?.();
      text += "null";
    } else if (plain instanceof Date) text += JSON.stringify(plain);
    else if (plain instanceof ExactNumber) text += plain.digits;
    else if (plain instanceof Uint8Array) text += JSON.stringify(base64(plain));
    else if (typeof plain === "object" && plain !== null) {
      if (open.has(plain)) throw new SluiceError("SLUICE_CYCLIC_VALUE", "A value contains itself: it is no JSON");
      open.add(plain);
      text += Array.isArray(plain) ? "[" : "{";
      stack.push({ container: plain, entries: entriesOf(plain, options.sortKeys === true), next: 0, empty: true });
    } else if (typeof plain === "number" || typeof plain === "bigint" || typeof plain === "boolean") text += `${plain}`;
    else text += "null";
  };

  write(value);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const entry = frame.entries[frame.next++];
    if (entry === undefined) {
      text += Array.isArray(frame.container) ? "]" : "}";
      open.delete(frame.container);
      stack.pop();
      continue;
    }
    const [key, inner] = entry;
    if (key !== undefined && isAbsent(inner)) continue;
    if (!frame.empty) text += ",";
    frame.empty = false;
    if (key !== undefined) text += `${JSON.stringify(clean(key))}:`;
    write(inner);
  }
  return text;
}

/**
 * A value as JSON sees it: `Map` as object, `Set` as array, objects with `toJSON` as what that returns, other objects as their
 * own properties, functions and symbols as undefined. Strings, numbers, bigints, booleans, null, arrays, plain objects,
 * `Date`, `Uint8Array` and `ExactNumber` come back unchanged.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value) || isPlainObject(value)) return value;
  if (value instanceof Date || value instanceof Uint8Array || value instanceof ExactNumber) return value;
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const json: unknown = value.toJSON();
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : json;
  }
  return { ...value };
}

/** Standard alphabet, padded. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function entriesOf(container: object, sorted: boolean): (readonly [string | undefined, unknown])[] {
  if (Array.isArray(container)) return container.map((inner: unknown) => [undefined, inner] as const);
  const entries = Object.entries(container);
  return sorted ? entries.sort(([a], [b]) => byCodePoint(a, b)) : entries;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** Order of UTF-8 bytes, which is that of code points; UTF-16 order differs beyond U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}
