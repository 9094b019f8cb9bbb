/** Paginators: pure state machines that say which request comes after a response. */
export type { AutoConfig } from "./auto.js";
export type { CursorConfig } from "./cursor.js";
export type { HeaderCursorConfig } from "./header-cursor.js";
export type { HeaderLinkConfig } from "./header-link.js";
export type { JsonLinkConfig } from "./json-link.js";
export type { KeysetConfig } from "./keyset.js";
export type { OffsetConfig } from "./offset.js";
export type { PageNumberConfig } from "./page-number.js";
export type { PageFacts, PageStep, Paginator } from "./paginator.js";
export {
  canonicalPaginator,
  createPaginator,
  paginatorShapes,
  paginatorTypes,
  registerPaginator,
  type PaginatorConfig,
  type PaginatorConfigs,
  type PaginatorFactory,
  type PaginatorInput,
  type PaginatorName,
} from "./registry.js";
export { SinglePagePaginator, type SinglePageConfig } from "./single-page.js";
