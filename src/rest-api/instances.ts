import type { Auth } from "../rest/auth/auth.js";
import type { Paginator } from "../rest/paginators/paginator.js";

/** True for an object that implements `Auth`: user-written classes need no common base. */
export function isAuthObject(value: unknown): value is Auth {
  return hasMethod(value, "apply") && !hasMethod(value, "next");
}

/** True for an object that implements `Paginator`. */
export function isPaginatorObject(value: unknown): value is Paginator {
  return hasMethod(value, "start") && hasMethod(value, "apply") && hasMethod(value, "next");
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[name] === "function";
}
