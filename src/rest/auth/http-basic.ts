import { registerSecret } from "../../core/redaction.js";
import { withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import type { Auth } from "./auth.js";
import type { AuthKind } from "./kind.js";

/** `Authorization: Basic …` (RFC 7617), in UTF-8. */
export interface HttpBasicAuthConfig {
  readonly type: "http_basic";
  /** Without a colon, which ends it. */
  readonly username: string;
  /** May be empty: many APIs take a key as the user name and no password. */
  readonly password: string;
}

/** Sends a user name and a password with every request. */
export class HttpBasicAuth implements Auth {
  readonly type: string = "http_basic";
  readonly account: string;
  readonly #header: string;

  constructor(username: string, password: string) {
    registerSecret(password === "" ? username : password);
    this.account = password === "" ? "" : username; // Without a password the name is the secret.
    this.#header = basicHeader(username, password);
  }

  apply(request: RequestSpec): RequestSpec {
    return { ...request, headers: withHeader(request.headers, "authorization", this.#header) };
  }
}

/** `{ type: "http_basic", username, password }`. */
export const httpBasic: AuthKind = {
  needs: { username: "setting", password: "secret" },
  read(config) {
    const username = config.required("username");
    if (username.includes(":"))
      throw config.error(
        'The user name of auth "http_basic" has a colon, which ends a user name (RFC 7617, 2)',
        "What stands behind the colon may be the password: give it as `password`.",
        "username",
      );
    const password = config.required("password");
    config.done();
    return () => new HttpBasicAuth(username, password);
  },
};

/** The value of a Basic `Authorization` header; registered as a secret. */
export function basicHeader(username: string, password: string): string {
  const pair = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  registerSecret(pair);
  return `Basic ${pair}`;
}
