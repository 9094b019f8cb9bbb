import { isPlainObject } from "../core/json.js";
import { incremental, type IncrementalConfig, type IncrementalOptions } from "../extract/incremental/index.js";
import { attempt } from "./attempt.js";
import type { CanonicalEndpoint } from "./canonical-config.js";
import type { IncrementalKeys, IncrementalOption, IncrementalParam, ParamConfig, ResolveParam } from "./config.js";
import type { ConfigPath } from "./spelling.js";
import type { Report } from "./templates.js";

/** The params of an endpoint with dlt's older forms taken out or rewritten as placeholders. Paths are relative to the endpoint. */
export interface ReadParams {
  /** Values and placeholders. */
  readonly params: ReadonlyMap<string, unknown>;
  readonly resolve: ReadonlyMap<string, ResolveParam>;
  /** Params that are the start of an incremental cursor: they cannot be bound in a path. */
  readonly cursors: ReadonlySet<string>;
  readonly incremental: IncrementalConfig | undefined;
  /** True also when the cursor that is declared has a mistake, which was reported. */
  readonly hasCursor: boolean;
}

const START = "{incremental.start_value}";
const END = "{incremental.end_value}";

/** Brings the three ways of declaring a cursor (placeholders, a param of type `incremental`, `startParam`/`endParam`) into one. */
export function readParams(endpoint: CanonicalEndpoint, report: Report): ReadParams {
  const params = new Map<string, unknown>();
  const resolve = new Map<string, ResolveParam>();
  const cursors = new Map<string, IncrementalParam>();
  for (const [name, value] of Object.entries(endpoint.params ?? {})) {
    if (isParamOfType(value, "resolve")) resolve.set(name, value);
    else if (isParamOfType(value, "incremental")) {
      cursors.set(name, value);
      params.set(name, START);
    } else params.set(name, value);
  }
  const declared = endpoint.incremental ?? undefined;
  const [[firstName, firstParam] = [], ...others] = cursors;
  if (others.length > 0 || (firstName !== undefined && declared !== undefined)) {
    const places = [
      ...[...cursors.keys()].map((name) => `params.${name}`),
      ...(declared === undefined ? [] : ["incremental"]),
    ];
    report(
      ["params"],
      `and its endpoint declare more than one incremental cursor (${places.join(", ")}); keep one and use {incremental.start_value} elsewhere`,
    );
  }
  if (firstName !== undefined && isGiven(firstParam?.endValue)) {
    report(
      ["params", firstName, "endValue"],
      "needs the `incremental` key of the endpoint: a parameter can only be the start of a range",
    );
  }
  if (declared?.startParam) params.set(declared.startParam, START);
  if (declared?.endParam) params.set(declared.endParam, END);
  const at: ConfigPath = declared !== undefined ? ["incremental"] : ["params", firstName ?? ""];
  const option = declared ?? firstParam;
  return {
    params,
    resolve,
    cursors: new Set(cursors.keys()),
    incremental: option === undefined ? undefined : cursorConfig(option, at, report),
    hasCursor: option !== undefined,
  };
}

function cursorConfig(
  option: IncrementalKeys | IncrementalOption | IncrementalParam,
  at: ConfigPath,
  report: Report,
): IncrementalConfig | undefined {
  const { initialValue, endValue, convert, transform } = option;
  if (isGiven(endValue) && !isGiven(initialValue))
    report([...at, "endValue"], "needs an initialValue as well: together they are the range to load");
  const ofCursor = Object.fromEntries(Object.entries(option).filter(([key]) => !NOT_OF_THE_CURSOR.has(key)));
  // The schema has checked the keys; `incremental` checks the values and drops what is null.
  const options = { ...ofCursor, convert: convert ?? transform } as IncrementalOptions;
  return attempt(() => incremental(options, "incremental"), at, report);
}

const NOT_OF_THE_CURSOR: ReadonlySet<string> = new Set([
  "type",
  "startParam",
  "endParam",
  "allowExternalSchedulers",
  "transform",
]);

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isParamOfType<T extends "incremental" | "resolve">(
  value: ParamConfig,
  type: T,
): value is Extract<ParamConfig, { type: T }> {
  return isPlainObject(value) && value["type"] === type;
}
