import { type ExactJson, isPlainObject, type JsonValue } from "../../core/json.js";
import { isPairs } from "../body.js";
import type { ConfigReader } from "../config-reader.js";
import { PaginationError } from "../errors.js";
import type { RequestSpec } from "../request.js";

/** Where a paginator puts a value: into a query parameter, or into the body at a dot path. */
export type Placement =
  | { readonly kind: "param"; readonly name: string }
  | { readonly kind: "body"; readonly keys: readonly string[] };

/** Reads `<name>Param` and `<name>BodyPath`, of which one may be given; the parameter named `fallback` when neither is. */
export function readPlacement(config: ConfigReader, name: string, fallback: string): Placement {
  const param = config.string(`${name}Param`);
  const bodyPath = config.string(`${name}BodyPath`);
  if (param !== undefined && bodyPath !== undefined) {
    throw config.error(`Either "${name}Param" or "${name}BodyPath" can be given, not both`);
  }
  if (param === "" || bodyPath === "")
    throw config.error(
      `"${name}${param === "" ? "Param" : "BodyPath"}" is empty`,
      `Leave it out for the default, the parameter "${fallback}".`,
    );
  return bodyPath === undefined
    ? { kind: "param", name: param ?? fallback }
    : { kind: "body", keys: bodyPath.split(".") };
}

/**
 * A copy of `request` with the value in its place; null leaves the request as it is. Objects that are missing on a body path are made, other keys are
 * kept. A form body gets a field of the path's name.
 *
 * @throws PaginationError when the body cannot take the value: raw text, or a scalar or list in the middle of the path.
 */
export function place(request: RequestSpec, placement: Placement, value: JsonValue): RequestSpec {
  if (value === null) return request;
  if (placement.kind === "param") return { ...request, params: { ...request.params, [placement.name]: value } };
  const { keys } = placement;
  if (request.data === undefined) return { ...request, json: setAt(request.json ?? {}, keys, 0, value) };
  const field = keys.join(".");
  if (typeof request.data === "string" || request.data instanceof Uint8Array) {
    throw new PaginationError(`The paginator wants to set "${field}" in the body, but the body is raw \`data\``, {
      hint: "Use `json`, or `data` as an object, or let the paginator use a query parameter.",
    });
  }
  const data = isPairs(request.data)
    ? [...request.data.filter(([name]) => name !== field), [field, value] as const]
    : { ...request.data, [field]: value };
  return { ...request, data };
}

function setAt(target: ExactJson, keys: readonly string[], depth: number, value: JsonValue): ExactJson {
  const key = keys[depth];
  if (key === undefined) return value;
  if (!isPlainObject(target)) {
    throw new PaginationError(
      `The paginator cannot set "${keys.join(".")}" in the body: "${keys.slice(0, depth).join(".")}" is not an object`,
    );
  }
  const inner = Object.hasOwn(target, key) ? target[key] : undefined;
  return { ...target, [key]: setAt(inner ?? {}, keys, depth + 1, value) };
}
