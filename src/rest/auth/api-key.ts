import { registerSecret } from "../../core/redaction.js";
import type { RequestSpec } from "../request.js";
import type { Auth } from "./auth.js";
import type { AuthKind } from "./kind.js";
import { type CredentialLocation, LOCATIONS, type Placement, secretParamsOf, withCredential } from "./placement.js";

/** A key in a header, the query or a cookie. */
export interface ApiKeyAuthConfig {
  readonly type: "api_key";
  /** Name of the header, parameter or cookie. Default `Authorization`. */
  readonly name?: string;
  readonly apiKey: string;
  /** Default `header`. */
  readonly location?: CredentialLocation;
}

/** Sends a key as it is, without a prefix. */
export class ApiKeyAuth implements Auth {
  readonly type: string = "api_key";
  readonly secretParams: readonly string[];
  readonly account: string;
  readonly #placement: Placement;
  readonly #key: string;

  constructor(placement: Placement, key: string) {
    registerSecret(key);
    this.account = `${placement.location} ${placement.name}`;
    this.#placement = placement;
    this.#key = key;
    this.secretParams = secretParamsOf(placement);
  }

  apply(request: RequestSpec): RequestSpec {
    return withCredential(request, this.#placement, this.#key);
  }
}

/** `{ type: "api_key", name, apiKey, location }`. */
export const apiKey: AuthKind = {
  needs: { apiKey: "secret" },
  read(config) {
    const location = config.oneOf("location", LOCATIONS) ?? "header";
    const name = config.name("name", "Authorization");
    const key = config.requiredCredential("apiKey");
    config.done();
    return () => new ApiKeyAuth({ location, name }, key);
  },
};
