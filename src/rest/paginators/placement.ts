import { excerpt } from "../../core/errors.js";
import { type ExactJson, isPlainObject, type JsonValue } from "../../core/json.js";
import { isPairs } from "../body.js";
import type { ConfigReader } from "../config-reader.js";
import { PaginationError } from "../errors.js";
import { withHeader } from "../headers.js";
import { splitPath } from "../json-path-syntax.js";
import type { RequestSpec } from "../request.js";

/** Where a paginator puts a value: into a query parameter, a request header, or the body at a path of keys and positions. */
export type Placement =
  | { readonly kind: "param"; readonly name: string }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "body"; readonly path: string; readonly keys: readonly (string | number)[] };

/** RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, 5.5, as far as it can be written without an encoding of one's own. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Reads `<name>Param`, `<name>BodyPath` and `<name>Header`, of which one may be given; the parameter named `fallback` when none is. */
export function readPlacement(config: ConfigReader, name: string, fallback: string): Placement {
  const given = ["Param", "BodyPath", "Header"].map((suffix) => {
    const option = `${name}${suffix}`;
    return { option, suffix, value: config.string(option) };
  });
  const [place, second] = given.filter(({ value }) => value !== undefined);
  if (place?.value === undefined) return { kind: "param", name: fallback };
  const { option, suffix, value } = place;
  if (second !== undefined) throw config.error(`Either "${option}" or "${second.option}" can be given, not both`);
  if (value === "")
    throw config.error(`"${option}" is empty`, `Leave it out for the default, the parameter "${fallback}".`, option);
  if (suffix === "Param") return { kind: "param", name: value };
  if (suffix === "BodyPath") return { kind: "body", path: value, keys: bodyKeys(value, config, option) };
  if (!HEADER_NAME.test(value))
    throw config.error(`"${option}" is ${excerpt(value)}, which is no header`, undefined, option);
  return { kind: "header", name: value };
}

/** Dots between keys, as in dlt; with brackets also keys that contain dots (`["a.b"].c`) and positions in lists (`queries[0].cursor`). */
function bodyKeys(path: string, config: ConfigReader, option: string): (string | number)[] {
  if (!/[["']/.test(path)) return path.split(".");
  return splitPath(path).map((segment) => {
    if (segment.kind === "key") return segment.key;
    if (segment.kind === "index" && segment.index >= 0) return segment.index;
    throw config.error(
      `"${option}" is ${excerpt(path)}, which is not one place`,
      "Give keys and positions, as in `queries[0].after`.",
      option,
    );
  });
}

/**
 * A copy of `request` with the value in its place; null leaves the request as it is. Objects that are missing on a body path are made, other keys are
 * kept. A form body gets a field of the path's name.
 *
 * @throws PaginationError when the place cannot take the value: a raw body, a scalar in the middle of the path, a header that would need line breaks.
 */
export function place(request: RequestSpec, placement: Placement, value: string | number | null): RequestSpec {
  if (value === null) return request;
  if (placement.kind === "param") return { ...request, params: { ...request.params, [placement.name]: value } };
  if (placement.kind === "header") {
    const text = String(value);
    if (!HEADER_VALUE.test(text))
      throw new PaginationError(`${excerpt(text)} cannot be sent in the header "${placement.name}"`, {
        hint: "Headers hold printable characters only. Send the value in a parameter or in the body.",
      });
    return { ...request, headers: withHeader(request.headers, placement.name, text) };
  }
  const { path, keys } = placement;
  if (request.data === undefined) return { ...request, json: setAt(request.json ?? {}, keys, path, 0, value) };
  if (typeof request.data === "string" || request.data instanceof Uint8Array) {
    throw new PaginationError(`The paginator wants to set "${path}" in the body, but the body is raw \`data\``, {
      hint: "Use `json`, or `data` as an object, or let the paginator use a query parameter.",
    });
  }
  const data = isPairs(request.data)
    ? [...request.data.filter(([name]) => name !== path), [path, value] as const]
    : { ...request.data, [path]: value };
  return { ...request, data };
}

function setAt(
  target: ExactJson,
  keys: readonly (string | number)[],
  path: string,
  depth: number,
  value: JsonValue,
): ExactJson {
  const key = keys[depth];
  if (key === undefined) return value;
  if (typeof key === "number") {
    if (!isList(target) || key >= target.length) throw unset(path, `there is no list with a position ${key}`);
    return target.with(key, setAt(target[key] ?? {}, keys, path, depth + 1, value));
  }
  if (!isPlainObject(target)) throw unset(path, `"${keys.slice(0, depth).join(".")}" is not an object`);
  const inner = Object.hasOwn(target, key) ? target[key] : undefined;
  return { ...target, [key]: setAt(inner ?? {}, keys, path, depth + 1, value) };
}

function unset(path: string, why: string): PaginationError {
  return new PaginationError(`The paginator cannot set "${path}" in the body: ${why}`);
}

function isList(value: ExactJson): value is readonly ExactJson[] {
  return Array.isArray(value);
}
