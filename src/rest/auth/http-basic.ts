import { registerSecret } from "../../core/redaction.js";
import type { ConfigReader } from "../config-reader.js";
import { withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import type { Auth } from "./auth.js";

/** `Authorization: Basic …` (RFC 7617), in UTF-8. */
export interface HttpBasicAuthConfig {
  readonly type: "http_basic";
  readonly username: string;
  /** May be empty: many APIs take a key as the user name and no password. */
  readonly password: string;
}

/** Sends a user name and a password with every request. */
export class HttpBasicAuth implements Auth {
  readonly type: string = "http_basic";
  readonly #header: string;

  constructor(username: string, password: string) {
    registerSecret(password === "" ? username : password);
    this.#header = basicHeader(username, password);
  }

  apply(request: RequestSpec): RequestSpec {
    return { ...request, headers: withHeader(request.headers, "authorization", this.#header) };
  }
}

/** Reads `{ type: "http_basic", username, password }`. */
export function httpBasicFromConfig(config: ConfigReader): HttpBasicAuth {
  const auth = new HttpBasicAuth(config.required("username"), config.required("password"));
  config.done();
  return auth;
}

/** The value of a Basic `Authorization` header; registered as a secret. */
export function basicHeader(username: string, password: string): string {
  const pair = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  registerSecret(pair);
  return `Basic ${pair}`;
}
