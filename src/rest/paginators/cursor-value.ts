import { excerpt } from "../../core/errors.js";
import type { ConfigReader } from "../config-reader.js";
import { PaginationError } from "../errors.js";

/** A cursor as it is kept and sent back. */
export type CursorValue = string | number;

/**
 * What was found where a cursor is looked for. Integers beyond 2^53 become text, digit by digit.
 *
 * @throws PaginationError for anything but text and numbers; `what` says what it should be.
 */
export function cursorValue(found: unknown, what: string, page: number): CursorValue {
  if (typeof found === "bigint") return String(found);
  if (typeof found === "string" || typeof found === "number") return found;
  throw new PaginationError(`${what} is ${excerpt(found)}, which is neither text nor a number`, { page });
}

/** Reads the cursor that the first request is sent with; null: none. */
export function readInitial(config: ConfigReader, option: string): CursorValue | null {
  return config.value(option, "a text or a number", isCursorValue, CURSOR_SCHEMA) ?? null;
}

const CURSOR_SCHEMA = { anyOf: [{ type: "string", minLength: 1 }, { type: "number" }] } as const;

function isCursorValue(value: unknown): value is CursorValue {
  return (typeof value === "string" && value !== "") || Number.isFinite(value);
}
