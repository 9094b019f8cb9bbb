import { createHash } from "node:crypto";
import { functionText, isFunction } from "../core/function-text.js";
import { isPlainObject } from "../core/json.js";
import { redact } from "../core/redaction.js";
import type { HttpOptions } from "../rest/http-options.js";
import type { CanonicalClient, CanonicalResource } from "./canonical-config.js";

/**
 * A hash of everything that decides which rows a resource brings: its config with the defaults, and how the API is
 * reached. Of credentials the kind and the account count (`Auth.account`: another account has other rows), of those in
 * headers and parameters, as far as they are known to be secrets, that they are there: a new token does not abandon an
 * interrupted run. Of functions their source text counts. The order of keys makes no difference. How patiently the API is asked decides no rows: whoever declares a limit after a run has failed goes on with that run.
 */
export function fingerprintOf(client: CanonicalClient, resource: CanonicalResource, account?: string): string {
  const asked = { ...client, ...UNASKED, allowedOrigins: undefined };
  return createHash("sha256")
    .update(JSON.stringify(describe({ client: asked, resource: withoutPace(resource), account })))
    .digest("hex");
}

/** Options of the client that change when and how often it asks, not what. */
const UNASKED = {
  timeout: undefined,
  connectTimeout: undefined,
  maxAttempts: undefined,
  retryStatuses: undefined,
  retryMethods: undefined,
  backoffFactor: undefined,
  maxRetrySeconds: undefined,
  proxy: undefined,
  caFile: undefined,
  maxRetryDelay: undefined,
  maxRateLimitWait: undefined,
  rateLimit: undefined,
  // What an error advises to raise.
  maxResponseBytes: undefined,
  maxResponseSeconds: undefined,
} satisfies { [K in keyof HttpOptions]?: undefined };

function withoutPace(resource: CanonicalResource): CanonicalResource {
  const { endpoint } = resource;
  if (endpoint === undefined || endpoint === null) return resource;
  const { rateLimit: _, ...rest } = endpoint;
  return { ...resource, endpoint: rest };
}

function describe(value: unknown, key?: string): unknown {
  if (key === "auth" && typeof value === "object" && value !== null) return { type: "type" in value ? value.type : "" };
  if (Array.isArray(value)) return value.map((item) => describe(item));
  if (value instanceof Uint8Array) return ["bytes", Buffer.from(value).toString("base64")];
  if (value instanceof Date) return ["date", value.toISOString()];
  if (isPlainObject(value)) return sorted(value);
  if (isFunction(value)) return ["function", functionText(value)];
  switch (typeof value) {
    case "string":
      return redact(value);
    case "bigint":
      return ["bigint", value.toString()];
    case "object":
      // A paginator or another instance: its class and its public fields.
      return value === null ? null : [value.constructor.name, sorted(Object.fromEntries(Object.entries(value)))];
    default:
      return value;
  }
}

function sorted(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value)
    .map(([key, item]): [string, unknown] => [key, describe(item, key)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
