/** REST clients: sends requests politely and safely, finds the pages and the rows in them. Knows no tables. */
export * from "./auth/index.js";
export { camelCase, camelCaseKeys, typedConfig, type SnakeCased, type TypedConfig } from "./canonical.js";
export {
  AuthError,
  ConnectionError,
  HttpStatusError,
  PaginationError,
  ResponseParseError,
  ResponseTooLargeError,
} from "./errors.js";
export type { HttpOptions } from "./http-options.js";
export { compilePath, pathOfKeys, type CompiledPath } from "./json-path.js";
export { Page } from "./page.js";
export { fetchPage, type PageClient, type PageFetch, type PageRequest } from "./page-fetch.js";
export * from "./paginators/index.js";
export type { RateLimit } from "./rate-limit.js";
export type { HttpMethod, HttpResponse, ParamValue, RequestSpec } from "./request.js";
export { createResponse } from "./response.js";
export {
  compileResponseActions,
  type ActionFunction,
  type ActionName,
  type CompiledActions,
  type ResponseAction,
} from "./response-actions.js";
export { RestClient, type PaginateOptions, type RequestOptions, type RestClientOptions } from "./rest-client.js";
export type { OnWait } from "./retry.js";
export { selectItems, type Selection } from "./selectors.js";
export { buildUrl, encodePathValue, isAbsoluteUrl, joinUrl } from "./url.js";
