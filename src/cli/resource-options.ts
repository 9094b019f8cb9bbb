import { InvalidArgumentError } from "@commander-js/extra-typings";
import { ConfigError } from "../core/errors.js";
import type { PipelineDefinition, Resource } from "../index.js";

/** The same data with only these resources selected; parents that they need stay, to be read but not loaded. */
export async function onlyResources(
  data: PipelineDefinition["source"],
  wanted: readonly string[],
): Promise<PipelineDefinition["source"]> {
  const sluice = await import("../index.js");
  const parts: readonly unknown[] = Array.isArray(data) ? data : [data];
  const known: string[] = [];
  const select = <T>(resource: Resource<T>): Resource<T> => {
    known.push(resource.name);
    return resource.with({ selected: wanted.includes(resource.name) });
  };
  const chosen = parts.map((part) => {
    if (part instanceof sluice.Source) return part.mapResources(select);
    if (part instanceof sluice.Resource) return select(part);
    throw new ConfigError("--resources needs a pipeline file with named resources, and this one has bare rows");
  });
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new ConfigError(`The pipeline has no resource ${unknown.map((name) => `"${name}"`).join(", ")}`, {
      hint: `It has: ${known.join(", ")}.`,
    });
  // A source of which nothing is wanted has no part in the run.
  return chosen.filter(
    (part) => part instanceof sluice.Resource || part.resources.some(({ definition }) => definition.selected),
  );
}

/** An option with names, separated by commas. */
export function namesOf(text: string): string[] {
  const list = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (list.length === 0) throw new InvalidArgumentError("Give names of resources, separated by commas.");
  return list;
}

/** An option with a number. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number from 1.");
  return value;
}
