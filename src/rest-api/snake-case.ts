import type { Resource } from "../extract/resource.js";
import type { Auth } from "../rest/auth/auth.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import type { RestApiConfig } from "./config.js";

/** `baseUrl` → `base_url`. */
export type ToSnake<S extends string> = string extends S
  ? S
  : S extends `${infer Head}${infer Tail}`
    ? Head extends Lowercase<Head>
      ? `${Head}${ToSnake<Tail>}`
      : `_${Lowercase<Head>}${ToSnake<Tail>}`
    : S;

/** What is the user's own, or an instance: its keys are not structure. */
type Kept =
  | Resource<never>
  | Resource<unknown>
  | Auth
  | Paginator
  | Date
  | Uint8Array
  | ((...args: never[]) => unknown);
type KeptKeys = "json" | "data" | "headers" | "columns" | "initialValue" | "endValue";

/** A config type with its structural keys in snake_case. */
export type Snake<T> = T extends string | Kept
  ? T
  : T extends readonly (infer Item)[]
    ? T extends readonly []
      ? T
      : readonly Snake<Item>[]
    : T extends object
      ? { readonly [K in keyof T as K extends string ? ToSnake<K> : K]: K extends KeptKeys ? T[K] : Snake<T[K]> }
      : T;

/** {@link RestApiConfig} in dlt's own spelling, so that a Python config pasted as JSON is valid as it is. */
export type SnakeRestApiConfig = Snake<RestApiConfig>;
