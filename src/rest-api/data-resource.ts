import { resource, type ResourceData } from "../extract/define.js";
import { Resource } from "../extract/resource.js";
import type { CanonicalClient, CanonicalResource } from "./canonical-config.js";
import { fingerprintOf } from "./fingerprint.js";
import { hintsOf, stepsOf } from "./hints.js";

/** A resource whose rows stand in the config or come from the program: a list, an iterable, or a function that makes one. */
export function dataResource(
  client: CanonicalClient,
  config: CanonicalResource,
  data: ResourceData<unknown>,
): Resource {
  const { name, limit } = config;
  const { definition } = resource<unknown>({ name }, data);
  const { endpoint: _endpoint, data: _data, ...rest } = config;
  return new Resource({
    ...definition,
    hints: hintsOf(config),
    steps: stepsOf(config),
    selected: config.selected ?? true,
    onError: config.onError ?? "fail",
    // What the data is was told by `resource`: iterators, for one, are never the same.
    fingerprint: `${definition.fingerprint}|${fingerprintOf(client, rest)}`,
    ...(limit === undefined || limit === null ? {} : { limit }),
  });
}
