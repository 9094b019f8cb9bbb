/** Public interface of sluice; everything else is internal and may change in any release. */
export { config, MissingConfigError, secrets, Settings } from "./config/index.js";
export { CancelledError, ConfigError, type ErrorPlace, isSluiceError, SluiceError } from "./core/errors.js";
export type { ProgressEvent, ProgressListener, ResourceCounters } from "./core/events.js";
export type { JsonObject, JsonValue, Row } from "./core/json.js";
export type { StopReason } from "./core/stop.js";
export type { WaitReason, WaitTimes } from "./core/waits.js";
export type { Warning } from "./core/warnings.js";
export type { Destination, DestinationSession } from "./destinations/destination.js";
export { duckdb, type DuckDbOptions } from "./destinations/duckdb/index.js";
export {
  resource,
  type ResourceContext,
  type ResourceData,
  type ResourceOptions,
  source,
  type SourceSettings,
} from "./extract/define.js";
export { ExtractError } from "./extract/errors.js";
export type {
  ColumnHint,
  ColumnHints,
  ResourceHints,
  SchemaContractHint,
  WriteDispositionConfig,
} from "./extract/hints.js";
export { incremental, IncrementalError } from "./extract/incremental/index.js";
export type { IncrementalConfig, IncrementalRun } from "./extract/incremental/incremental-run.js";
export { Resource } from "./extract/resource.js";
export { Source } from "./extract/source.js";
export { MissingKeyError, PublishError } from "./load/errors.js";
export { DestinationError, DestinationLockedError, StatementError } from "./destinations/errors.js";
export { PackageError, PipelineLockedError } from "./package/errors.js";
export type { PackageSummary } from "./package/package-store.js";
export type { RunData, RunHints } from "./pipeline/data.js";
export {
  Dataset,
  type DatasetRow,
  type QueryRows,
  type Rows,
  type TableReader,
  UnknownTableError,
} from "./pipeline/dataset.js";
export { definePipeline, type PipelineDefinition } from "./pipeline/define-pipeline.js";
export { LoadInfo, type LoadInfoFields, type ResourceInfo } from "./pipeline/load-info.js";
export { Pipeline, pipeline, type RunningProcess } from "./pipeline/pipeline.js";
export type { PipelineOptions, RunOptions } from "./pipeline/pipeline-options.js";
export { SchemaStore, type SchemaVersion } from "./pipeline/schema-store.js";
export { checkConnection, type ConnectionCheck } from "./pipeline/trial.js";
export type { Trace, TraceStep } from "./pipeline/trace.js";
export { SchemaError } from "./schema/errors.js";
export type { ColumnSchema, StoredSchema, TableSchema } from "./schema/model.js";
export type { NamingName } from "./schema/naming/registry.js";
export type { Auth, TokenFetch } from "./rest/auth/auth.js";
export {
  type AuthConfig,
  type AuthConfigs,
  type FreshToken,
  type RefreshTokenStore,
  registerAuth,
  type RequestToSign,
  type Sign,
  TokenAuth,
} from "./rest/auth/index.js";
export {
  AuthError,
  ConnectionError,
  HttpStatusError,
  PaginationError,
  RateLimitError,
  ResponseParseError,
  ResponseTooLargeError,
} from "./rest/errors.js";
export type { HttpOptions } from "./rest/http-options.js";
export { Page } from "./rest/page.js";
export { type PaginatorConfig, type PaginatorConfigs, registerPaginator } from "./rest/paginators/index.js";
export type { PageFacts, PageStep, Paginator } from "./rest/paginators/paginator.js";
export type { RateLimit, RateLimitUnit } from "./rest/pace/rate-limit.js";
export type { HttpMethod, HttpResponse, ParamValue, RequestSpec } from "./rest/request.js";
export { createResponse } from "./rest/response.js";
export type { ActionFunction, ActionName, BodyCondition, ResponseAction } from "./rest/response-actions.js";
export { type PaginateOptions, type RequestOptions, RestClient, type RestClientOptions } from "./rest/rest-client.js";
export {
  type AuthOption,
  type ClientConfig,
  type ConfigMistake,
  type EndpointConfig,
  type IncludeField,
  type IncrementalOption,
  MissingParentFieldError,
  type PaginatorOption,
  type ParamConfig,
  type ProcessingStep,
  type ResourceConfig,
  type ResourceDefaults,
  type RestApiConfig,
  restApiResources,
  restApiSource,
  restApiSourceFrom,
  type RestApiSourceOptions,
  type SnakeRestApiConfig,
  type TableHints,
  validateRestApiConfig,
} from "./rest-api/index.js";
