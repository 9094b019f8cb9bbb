import type { ColumnHint } from "../extract/hints.js";
import { Resource } from "../extract/resource.js";
import type { Auth } from "../rest/auth/auth.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import type { ClientConfig, EndpointConfig, ResourceConfig, ResourceDefaults } from "./config.js";

/** Options of a paginator or an auth in canonical form; what they mean is the REST client's business. */
export type Options = Readonly<Record<string, unknown>> & { readonly type: string };

interface Connection {
  readonly auth?: Options | Auth | null;
  readonly paginator?: Options | Paginator | null;
}

/** A config after `canonicalise` and without structural problems: no shorthands, camelCase, frozen. */
export interface CanonicalConfig {
  readonly client: CanonicalClient;
  readonly resourceDefaults?: CanonicalDefaults | null;
  readonly resources: readonly (CanonicalResource | Resource<unknown>)[];
}

export type CanonicalClient = Omit<ClientConfig, keyof Connection> & Connection;
export type CanonicalEndpoint = Omit<EndpointConfig, keyof Connection> & Connection;

interface CanonicalParts {
  readonly endpoint?: CanonicalEndpoint | null;
  readonly columns?: Readonly<Record<string, ColumnHint>> | null;
}
export type CanonicalDefaults = Omit<ResourceDefaults, keyof CanonicalParts> & CanonicalParts;
export type CanonicalResource = Omit<ResourceConfig, keyof CanonicalParts> & CanonicalParts;

/** True for a resource that was made by code and is taken as it is. */
export function isForeign(entry: CanonicalResource | Resource<unknown>): entry is Resource<unknown> {
  return entry instanceof Resource;
}
