import { isPlainObject } from "../../core/json.js";
import type { Auth } from "./auth.js";
import { createAuth } from "./registry.js";

/** Enough for any API; a program that makes up a config per request does not fill the memory. */
const MOST = 100;

/** Makes one auth of equal configs, so that all resources share one token. */
export class AuthPool {
  readonly #made: { readonly config: unknown; readonly auth: Auth }[] = [];

  /** As `createAuth`. */
  get(config: unknown, path?: string): Auth {
    const known = this.#made.find((entry) => isSame(entry.config, config));
    if (known !== undefined) return known.auth;
    const auth = createAuth(config, path);
    this.#made.push({ config, auth });
    if (this.#made.length > MOST) this.#made.shift();
    return auth;
  }
}

/** Equal as data; functions and instances only when they are the same one. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isPlainObject(a) || !isPlainObject(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}
