import { excerpt } from "../../core/errors.js";
import { describeKeys } from "../body-keys.js";
import { PaginationError } from "../errors.js";
import type { CompiledPath } from "../json-path.js";
import type { HttpResponse } from "../request.js";
import type { PageFacts } from "./paginator.js";

const YES: ReadonlySet<string> = new Set(["yes", "true", "t", "y", "1"]);
const NO: ReadonlySet<string> = new Set(["no", "false", "f", "n", "0"]);

/**
 * The total at `path`: a whole number, or text that is one. A fraction is rounded up: dlt cuts it off, and the last page with it.
 *
 * @throws PaginationError when it is missing or no number.
 */
export function readTotal(path: CompiledPath, facts: PageFacts): number {
  const value = path.first(facts.response.json());
  if (value === undefined || value === null) {
    throw new PaginationError(
      `The total at "${path.path}" was not found in the response; it has: ${describeKeys(facts.response.json())}`,
      {
        page: facts.page,
        hint: "Set totalPath to the right place, or to null when the API sends no total.",
      },
    );
  }
  const total = toInteger(value);
  if (total === undefined)
    throw new PaginationError(`The total at "${path.path}" is ${excerpt(value)}, which is no whole number`, {
      page: facts.page,
      hint: "Set totalPath to where the number is, or to null when the API sends none.",
    });
  return total;
}

/** Like {@link readTotal} where a missing or odd total is no error. */
export function totalIfAny(path: CompiledPath, response: HttpResponse): number | undefined {
  return toInteger(path.first(response.json()));
}

/**
 * The flag at `path`: a boolean, 0, 1, or text such as "true" and "no".
 *
 * @throws PaginationError when it is missing or something else.
 */
export function readHasMore(path: CompiledPath, facts: PageFacts): boolean {
  const value = path.first(facts.response.json());
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim().toLowerCase() : "";
  if (YES.has(text)) return true;
  if (NO.has(text)) return false;
  const problem =
    value === undefined || value === null
      ? `was not found in the response; it has: ${describeKeys(facts.response.json())}`
      : `is ${excerpt(value)}, which is neither true nor false`;
  throw new PaginationError(`The flag at "${path.path}" ${problem}`, {
    page: facts.page,
    hint: "Set hasMorePath to the place of a boolean.",
  });
}

/** A number or numeric text as a whole number, rounded up; undefined for anything else. */
export function toInteger(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return Math.ceil(value);
  if (typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  return typeof value === "bigint" ? Number(value) : undefined;
}
