import { ConfigError, isSluiceError, messageOf } from "../../core/errors.js";
import { isPlainObject } from "../../core/json.js";
import { typedConfig, type SnakeCased, type TypedConfig } from "../canonical.js";
import { ConfigReader, hidden, type OptionShape } from "../config-reader.js";
import { apiKey, type ApiKeyAuthConfig } from "./api-key.js";
import type { Auth } from "./auth.js";
import { bearer, type BearerAuthConfig } from "./bearer.js";
import { httpBasic, type HttpBasicAuthConfig } from "./http-basic.js";
import type { AuthKind, AuthNeed } from "./kind.js";
import { oauth2ClientCredentials, type OAuth2ClientCredentialsConfig } from "./oauth2-client-credentials.js";
import { oauth2JwtBearer, type OAuth2JwtBearerConfig } from "./oauth2-jwt-bearer.js";
import { oauth2RefreshToken, type OAuth2RefreshTokenConfig } from "./oauth2-refresh-token.js";
import { sessionLogin, type SessionLoginConfig } from "./session-login.js";
import { signature, type SignatureAuthConfig } from "./signature.js";

/** Auth configs by their `type`. Add the config of a registered type by augmenting this interface. */
export interface AuthConfigs {
  bearer: BearerAuthConfig;
  http_basic: HttpBasicAuthConfig;
  api_key: ApiKeyAuthConfig;
  oauth2_client_credentials: OAuth2ClientCredentialsConfig;
  oauth2_refresh_token: OAuth2RefreshTokenConfig;
  oauth2_jwt_bearer: OAuth2JwtBearerConfig;
  session_login: SessionLoginConfig;
  signature: SignatureAuthConfig;
}

/** Any auth config in its canonical form. */
export type AuthConfig = AuthConfigs[keyof AuthConfigs];

/** What is accepted where an auth is configured: an instance, a config in either spelling, or `{ token }` for a bearer token. */
export type AuthInput = Auth | AuthConfig | SnakeCased<AuthConfig> | BareToken;

/** A token alone. With a type it would be another config, whose type may be misspelt. */
export type BareToken = Pick<BearerAuthConfig, "token"> & { readonly type?: undefined };

/** Makes an auth from the options of a config: camelCase keys, `type` included. */
export type AuthFactory = (config: TypedConfig) => Auth;

/** Options of {@link registerAuth}. */
export interface RegisterAuthOptions {
  /** Options that are looked up when a config of a source does not give them: among the secrets, or the settings. */
  readonly needs?: Readonly<Record<string, AuthNeed>>;
}

const builtIn: ReadonlyMap<string, AuthKind> = new Map([
  ["bearer", bearer],
  ["http_basic", httpBasic],
  ["api_key", apiKey],
  ["oauth2_client_credentials", oauth2ClientCredentials],
  ["oauth2_refresh_token", oauth2RefreshToken],
  ["oauth2_jwt_bearer", oauth2JwtBearer],
  ["session_login", sessionLogin],
  ["signature", signature],
]);
const registered = new Map<
  string,
  { readonly factory: AuthFactory; readonly needs: Readonly<Record<string, AuthNeed>> }
>();

/** Makes an auth of your own available by `type`. A later registration replaces an earlier one. */
export function registerAuth(type: string, factory: AuthFactory, options: RegisterAuthOptions = {}): void {
  if (builtIn.has(type))
    throw new ConfigError(`The auth type "${type}" is built in`, { hint: "Register yours under another name." });
  if (typeof factory !== "function")
    throw new ConfigError(`The auth type "${type}" needs a function that makes one from its config`);
  registered.set(type, { factory, needs: options.needs ?? {} });
}

/** Every type that a config may name. */
export function authTypes(): string[] {
  return [...builtIn.keys(), ...registered.keys()];
}

/** The options without which auths of this type are of no use, and where each may be looked up. */
export function authNeeds(type: string): Readonly<Record<string, AuthNeed>> {
  return (builtIn.get(type) ?? registered.get(type))?.needs ?? {};
}

/** The options of every built-in type. What is looked up where a config does not give it is not required. */
export function authShapes(): Map<string, ReadonlyMap<string, OptionShape>> {
  const result = new Map<string, ReadonlyMap<string, OptionShape>>();
  for (const [type, kind] of builtIn) {
    const shapes = new Map<string, OptionShape>();
    kind.read(new ConfigReader({ type }, `auth "${type}"`, "auth", { isPartial: true, shapes }));
    for (const [name, shape] of shapes)
      if (Object.hasOwn(kind.needs, name)) shapes.set(name, { ...shape, isRequired: false });
    result.set(type, shapes);
  }
  return result;
}

/** One form for every spelling: an instance as it is, anything else as a config with `type` and camelCase keys. */
export function canonicalAuth(input: unknown, path = "auth"): Auth | TypedConfig {
  if (isAuth(input)) return input;
  if (typeof input === "string" || isPlainObject(input)) return typedConfig(input, path, "bearer");
  throw new ConfigError(`${path} is ${hidden(input)}`, { path, hint: "Give a type name or an object with `type`." });
}

/**
 * Checks the options of a config that may still lack what is looked up.
 *
 * @throws ConfigError for an unknown type or a wrong option. No value is part of a message.
 */
export function checkAuthConfig(config: TypedConfig, path = "auth"): void {
  // What a registered type makes of its options is only known to its factory.
  if (!registered.has(config.type)) kindOf(config, path).read(readerOf(config, path, true));
}

/**
 * The auth of a config; an instance is returned as it is.
 *
 * @throws ConfigError for an unknown type, a missing or a wrong option. No value is part of a message.
 */
export function createAuth(input: unknown, path = "auth"): Auth {
  const config = canonicalAuth(input, path);
  if (isAuth(config)) return config;
  const own = registered.get(config.type);
  try {
    return own === undefined ? kindOf(config, path).read(readerOf(config, path, false))() : own.factory(config);
  } catch (cause) {
    if (isSluiceError(cause) && cause.place.path !== undefined) throw cause;
    throw new ConfigError(`The auth "${config.type}" cannot be made: ${messageOf(cause)}`, { path, cause });
  }
}

function kindOf({ type }: TypedConfig, path: string): AuthKind {
  const kind = builtIn.get(type);
  if (kind !== undefined) return kind;
  throw new ConfigError(`${path}.type is ${typeName(type)}, which is no auth type`, {
    path: `${path}.type`,
    hint: `Give one of: ${authTypes().join(", ")}.`,
  });
}

/** An unknown type for a message: a token that was given in its place looks different from a name. */
export function typeName(type: unknown): string {
  return typeof type === "string" && /^[a-z][a-z_-]*\d?[a-z_-]*$/i.test(type) && type.length <= 30
    ? `"${type}"`
    : hidden(type);
}

function readerOf(config: TypedConfig, path: string, isPartial: boolean): ConfigReader {
  return new ConfigReader(config, `auth "${config.type}"`, path, { hidesValues: true, isPartial });
}

function isAuth(input: unknown): input is Auth {
  return typeof input === "object" && input !== null && "apply" in input && typeof input.apply === "function";
}
