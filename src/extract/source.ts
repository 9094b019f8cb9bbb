import { ConfigError } from "../core/errors.js";
import { namingConvention, type NamingName } from "../schema/naming/registry.js";
import type { SchemaContractHint } from "./hints.js";
import type { Resource } from "./resource.js";

export interface SourceOptions {
  /** Name of the source, of its schema and of its place in the state. */
  readonly name: string;
  readonly resources: readonly Resource<unknown>[];
  /** Default for resources that say nothing. */
  readonly maxTableNesting?: number;
  /** True: every nested table gets `_dlt_root_id`, whatever the disposition. */
  readonly rootKey?: boolean;
  readonly schemaContract?: SchemaContractHint;
  /** How tables and columns are named after what the API calls them. Default: the pipeline's `naming`. */
  readonly naming?: NamingName;
}

/** Resources that share a schema and a place in the state. Immutable. */
export class Source {
  readonly name: string;
  readonly resources: readonly Resource<unknown>[];
  readonly maxTableNesting: number | undefined;
  readonly rootKey: boolean;
  readonly schemaContract: SchemaContractHint | undefined;
  readonly naming: NamingName | undefined;
  private readonly options: SourceOptions;

  constructor(options: SourceOptions) {
    const names = new Set<string>();
    for (const { name } of options.resources) {
      if (names.has(name))
        throw new ConfigError(`Source "${options.name}" has two resources named "${name}"`, {
          hint: "Rename one of them; `tableName` lets both load into one table.",
        });
      names.add(name);
    }
    this.options = options;
    this.name = options.name;
    this.resources = options.resources;
    this.maxTableNesting = options.maxTableNesting;
    this.rootKey = options.rootKey ?? false;
    this.schemaContract = options.schemaContract;
    this.naming = options.naming;
    if (options.naming !== undefined) namingConvention(options.naming); // Throws when there is none of that name.
  }

  /** The same source with only these resources selected; parents that they need are read but not loaded. */
  withResources(...names: readonly string[]): Source {
    const known = this.resources.map((r) => r.name);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      throw new ConfigError(`Source "${this.name}" has no resource ${unknown.map((n) => `"${n}"`).join(", ")}`, {
        hint: `It has: ${known.join(", ")}.`,
      });
    }
    return this.mapResources((r) =>
      r.with(names.includes(r.name) ? { selected: true } : { selected: false, leftOut: true }),
    );
  }

  /** Limits every resource to so many pages; see {@link Resource.limit}. */
  limit(pages: number): Source {
    return this.mapResources((r) => r.limit(pages));
  }

  /** The same source named by this convention, unless it says itself how it is named. */
  namedBy(naming: NamingName | undefined): Source {
    return naming === undefined || this.naming !== undefined ? this : new Source({ ...this.options, naming });
  }

  /** A copy with every resource replaced by what `change` makes of it. */
  mapResources(change: (resource: Resource<unknown>) => Resource<unknown>): Source {
    return new Source({ ...this.options, resources: this.resources.map((r) => change(r)) });
  }
}
