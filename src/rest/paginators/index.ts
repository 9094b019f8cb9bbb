/** Paginators: pure state machines that say which request comes after a response. */
export { AutoPaginator, type AutoConfig } from "./auto.js";
export { CursorPaginator, type CursorConfig } from "./cursor.js";
export { HeaderCursorPaginator, type HeaderCursorConfig } from "./header-cursor.js";
export { HeaderLinkPaginator, type HeaderLinkConfig } from "./header-link.js";
export { JsonLinkPaginator, type JsonLinkConfig } from "./json-link.js";
export { OffsetPaginator, type OffsetConfig } from "./offset.js";
export { PageNumberPaginator, type PageNumberConfig } from "./page-number.js";
export type { PageFacts, PageStep, Paginator } from "./paginator.js";
export {
  canonicalPaginator,
  createPaginator,
  paginatorTypes,
  registerPaginator,
  type PaginatorConfig,
  type PaginatorConfigs,
  type PaginatorFactory,
  type PaginatorInput,
  type PaginatorName,
} from "./registry.js";
export { SinglePagePaginator, type SinglePageConfig } from "./single-page.js";
