import { messageOf, SluiceError } from "../../core/errors.js";
import { registerPassingSecret, registerSecret } from "../../core/redaction.js";
import { AuthError } from "../errors.js";
import { withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import type { Auth } from "./auth.js";
import type { AuthKind } from "./kind.js";

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
    return withBearer(request, typeof this.#token === "string" ? this.#token : await fromFunction(this.#token));
  }

  /** A function may have a newer token by now. */
  refresh(): boolean {
    return typeof this.#token === "function";
  }
}

/** `{ type: "bearer", token }`. */
export const bearer: AuthKind = {
  needs: { token: "secret" },
  read(config) {
    const token = config.value("token", "a text or a function", isToken, undefined);
    const checked = typeof token === "function" ? token : config.requiredCredential("token");
    config.done();
    return () => new BearerAuth(checked);
  },
};

/** `request` with the token; a same-named header of any case is replaced. */
export function withBearer(request: RequestSpec, token: string): RequestSpec {
  return { ...request, headers: withHeader(request.headers, "authorization", `Bearer ${token}`) };
}

async function fromFunction(give: () => string | Promise<string>): Promise<string> {
  let token: unknown;
  try {
    token = await give();
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw new AuthError(`The function that gives the bearer token failed: ${messageOf(cause)}`, { cause });
  }
  if (typeof token !== "string" || token === "")
    throw new AuthError(
      `The function that gives the bearer token returned ${token === "" ? "an empty text" : typeof token}`,
    );
  registerPassingSecret(token);
  return token;
}

function isToken(value: unknown): value is BearerAuthConfig["token"] {
  return typeof value === "string" || typeof value === "function";
}
