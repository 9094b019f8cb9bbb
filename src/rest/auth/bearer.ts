import { registerSecret } from "../../core/redaction.js";
import type { ConfigReader } from "../config-reader.js";
import { headerOf, withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import type { Auth } from "./auth.js";

/** `Authorization: Bearer <token>` (RFC 6750). */
export interface BearerAuthConfig {
  readonly type: "bearer";
  /** The token, or a function that gives it before each request. */
  readonly token: string | (() => string | Promise<string>);
}

/** Sends a token that somebody else obtained. */
export class BearerAuth implements Auth {
  readonly type: string = "bearer";
  readonly #token: BearerAuthConfig["token"];

  constructor(token: BearerAuthConfig["token"]) {
    this.#token = token;
    if (typeof token === "string") registerSecret(token);
  }

  async apply(request: RequestSpec): Promise<RequestSpec> {
    return withBearer(request, typeof this.#token === "string" ? this.#token : await this.#token());
  }

  /** A function may have a newer token by now. */
  refresh(): boolean {
    return typeof this.#token === "function";
  }
}

function isToken(value: unknown): value is BearerAuthConfig["token"] {
  return typeof value === "string" || typeof value === "function";
}

/** Reads `{ type: "bearer", token }`. */
export function bearerFromConfig(config: ConfigReader): BearerAuth {
  const token = config.value("token", "a text or a function", isToken) ?? config.required("token");
  config.done();
  return new BearerAuth(token);
}

/** `request` with the token; a same-named header of any case is replaced. */
export function withBearer(request: RequestSpec, token: string): RequestSpec {
  registerSecret(token);
  return { ...request, headers: withHeader(request.headers, "authorization", `Bearer ${token}`) };
}

/** The token that a request carries. */
export function bearerOf(request: RequestSpec): string | undefined {
  return headerOf(request.headers, "authorization")?.replace(/^Bearer /, "");
}
