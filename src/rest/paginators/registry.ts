import { ConfigError, excerpt } from "../../core/errors.js";
import { typedConfig, type SnakeCased, type TypedConfig } from "../canonical.js";
import { ConfigReader, type OptionShape } from "../config-reader.js";
import { autoFromConfig, type AutoConfig } from "./auto.js";
import { cursorFromConfig, type CursorConfig } from "./cursor.js";
import { headerCursorFromConfig, type HeaderCursorConfig } from "./header-cursor.js";
import { headerLinkFromConfig, type HeaderLinkConfig } from "./header-link.js";
import { jsonLinkFromConfig, type JsonLinkConfig } from "./json-link.js";
import { offsetFromConfig, type OffsetConfig } from "./offset.js";
import { pageNumberFromConfig, type PageNumberConfig } from "./page-number.js";
import { keysetFromConfig, type KeysetConfig } from "./keyset.js";
import { CappedPaginator } from "./page-cap.js";
import type { Paginator } from "./paginator.js";
import { singlePageFromConfig, type SinglePageConfig } from "./single-page.js";

/** Paginator configs by their `type`. Add the config of a registered type by augmenting this interface. */
export interface PaginatorConfigs {
  json_link: JsonLinkConfig;
  header_link: HeaderLinkConfig;
  header_cursor: HeaderCursorConfig;
  cursor: CursorConfig;
  offset: OffsetConfig;
  page_number: PageNumberConfig;
  keyset: KeysetConfig;
  single_page: SinglePageConfig;
  auto: AutoConfig;
}

/** Any paginator config in its canonical form. */
export type PaginatorConfig = PaginatorConfigs[keyof PaginatorConfigs];

/** The types that need no options and can stand alone as a text. */
export type PaginatorName = Exclude<keyof PaginatorConfigs, "offset">;

/** What is accepted where a paginator is configured: an instance, a type's name, or a config in either spelling. */
export type PaginatorInput = Paginator | PaginatorName | PaginatorConfig | SnakeCased<PaginatorConfig>;

/** Makes a paginator from the options of a config: camelCase keys, `type` included. */
export type PaginatorFactory = (config: TypedConfig) => Paginator;

type BuiltInFactory = (config: ConfigReader) => Paginator;

const builtIn: ReadonlyMap<string, BuiltInFactory> = new Map<string, BuiltInFactory>([
  ["json_link", jsonLinkFromConfig],
  ["header_link", headerLinkFromConfig],
  ["header_cursor", headerCursorFromConfig],
  ["cursor", cursorFromConfig],
  ["offset", offsetFromConfig],
  ["page_number", pageNumberFromConfig],
  ["keyset", keysetFromConfig],
  ["single_page", singlePageFromConfig],
  ["auto", (config) => autoFromConfig(config, createPaginator)],
]);
const registered = new Map<string, PaginatorFactory>();

/** Names that dlt gave up, and those that it has now. */
const RENAMED: ReadonlyMap<string, string> = new Map([["json_response", "json_link"]]);

/** Makes a paginator of your own available by `type`. A later registration replaces an earlier one. */
export function registerPaginator(type: string, factory: PaginatorFactory): void {
  if (builtIn.has(type))
    throw new ConfigError(`The paginator type "${type}" is built in`, { hint: "Register yours under another name." });
  if (typeof factory !== "function")
    throw new ConfigError(`The paginator type "${type}" needs a function that makes one from its config`);
  registered.set(type, factory);
}

/** Every type that a config may name. */
export function paginatorTypes(): string[] {
  return [...builtIn.keys(), ...registered.keys()];
}

/** The options of every built-in type; dlt's old names are types of their own. */
export function paginatorShapes(): Map<string, ReadonlyMap<string, OptionShape>> {
  const result = new Map<string, ReadonlyMap<string, OptionShape>>();
  for (const [type, factory] of builtIn) {
    const shapes = new Map<string, OptionShape>();
    builtInPaginator(
      factory,
      new ConfigReader({ type }, `paginator "${type}"`, "paginator", { isPartial: true, shapes }),
    );
    result.set(type, shapes);
  }
  for (const [old, type] of RENAMED) result.set(old, result.get(type) ?? new Map<string, OptionShape>());
  return result;
}

/** One form for every spelling: an instance as it is, anything else as a config with `type` and camelCase keys; old type names are replaced. */
export function canonicalPaginator(input: unknown, path = "paginator"): Paginator | TypedConfig {
  if (isPaginator(input)) return input;
  const config = typedConfig(input, path);
  return { ...config, type: RENAMED.get(config.type) ?? config.type };
}

/**
 * The paginator of a config; an instance is returned as it is.
 *
 * @throws ConfigError for an unknown type, a missing, wrong or contradictory option.
 */
export function createPaginator(input: unknown, path = "paginator"): Paginator {
  const config = canonicalPaginator(input, path);
  if (isPaginator(config)) return config;
  const factory = registered.get(config.type);
  if (factory !== undefined) return factory(config);
  const known = builtIn.get(config.type);
  if (known !== undefined) return builtInPaginator(known, new ConfigReader(config, `paginator "${config.type}"`, path));
  throw new ConfigError(`${path}.type is ${excerpt(config.type)}, which is no paginator type`, {
    path: `${path}.type`,
    hint: `Give one of: ${paginatorTypes().join(", ")}.`,
  });
}

function builtInPaginator(factory: BuiltInFactory, config: ConfigReader): Paginator {
  const maxPages = config.count("maxPages");
  const paginator = factory(config);
  return maxPages === undefined ? paginator : new CappedPaginator(paginator, maxPages);
}

function isPaginator(input: unknown): input is Paginator {
  return (
    typeof input === "object" &&
    input !== null &&
    "apply" in input &&
    typeof input.apply === "function" &&
    "next" in input &&
    typeof input.next === "function"
  );
}
