import type { StopReason } from "../../core/stop.js";
import type { ConfigReader } from "../config-reader.js";
import type { CompiledPath } from "../json-path.js";
import type { PageFacts } from "./paginator.js";
import { readHasMore } from "./reading.js";

/** Options of the paginators that follow what a response says. */
export interface EndOptions {
  /** Default false: a page without rows may be followed by others. */
  readonly stopAfterEmptyPage?: boolean;
  /** JSONPath of a flag; false ends the pages even if a next one is named. */
  readonly hasMorePath?: string | null;
}

/** {@link EndOptions}, read. Every rule can only stop. */
export interface EndRules {
  readonly stopAfterEmptyPage: boolean;
  readonly hasMorePath: CompiledPath | undefined;
}

/** Reads {@link EndOptions}. */
export function readEndRules(config: ConfigReader): EndRules {
  return {
    stopAfterEmptyPage: config.boolean("stopAfterEmptyPage", false),
    hasMorePath: config.jsonPath("hasMorePath"),
  };
}

/** The end that the rules see in a page although a next one is named; undefined: none. */
export function endOf(facts: PageFacts, { stopAfterEmptyPage, hasMorePath }: EndRules): StopReason | undefined {
  if (stopAfterEmptyPage && facts.items.length === 0) return "empty-page";
  return hasMorePath !== undefined && !readHasMore(hasMorePath, facts) ? "has-more-false" : undefined;
}
