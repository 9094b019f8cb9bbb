/** The declarative source: a config is brought into one form, validated, compiled, and becomes resources that read pages. */
export { MissingParentFieldError } from "./binding.js";
export type { ConfigProblem } from "./canonical.js";
export type { ConfigMistake } from "./checks.js";
export type {
  AuthOption,
  ClientConfig,
  EndpointConfig,
  IncludeField,
  IncrementalOption,
  IncrementalParam,
  PaginatorOption,
  ParamConfig,
  ProcessingStep,
  ResolveParam,
  ResourceConfig,
  ResourceDefaults,
  RestApiConfig,
  TableHints,
} from "./config.js";
export type { Snake, SnakeRestApiConfig } from "./snake-case.js";
export {
  restApiResources,
  restApiSource,
  restApiSourceFrom,
  type RestApiSourceOptions,
  validateRestApiConfig,
} from "./source.js";
export type { ConfigPath } from "./spelling.js";
