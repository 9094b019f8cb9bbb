import { registerSecret } from "../../core/redaction.js";
import type { ConfigReader } from "../config-reader.js";
import { headerOf, withHeader } from "../headers.js";
import type { RequestSpec } from "../request.js";
import { withoutParams } from "../url.js";
import type { Auth } from "./auth.js";

const LOCATIONS = ["header", "query", "param", "cookie"] as const;

/** Where the key goes; `param` is dlt's other word for `query`. */
export type ApiKeyLocation = (typeof LOCATIONS)[number];

/** A key in a header, the query or a cookie. */
export interface ApiKeyAuthConfig {
  readonly type: "api_key";
  /** Name of the header, parameter or cookie. Default `Authorization`. */
  readonly name?: string;
  readonly apiKey: string;
  /** Default `header`. */
  readonly location?: ApiKeyLocation;
}

/** Sends a key as it is, without a prefix. */
export class ApiKeyAuth implements Auth {
  readonly type: string = "api_key";
  readonly secretParams: readonly string[];
  readonly #name: string;
  readonly #key: string;
  readonly #location: ApiKeyLocation;

  constructor(name: string, key: string, location: ApiKeyLocation) {
    registerSecret(key);
    this.#name = name;
    this.#key = key;
    this.#location = location;
    this.secretParams = location === "query" || location === "param" ? [name] : [];
  }

  apply(request: RequestSpec): RequestSpec {
    if (this.#location === "header") return { ...request, headers: withHeader(request.headers, this.#name, this.#key) };
    if (this.#location === "cookie") {
      const others = headerOf(request.headers, "cookie");
      const cookie = `${this.#name}=${encodeURIComponent(this.#key)}`;
      return {
        ...request,
        headers: withHeader(request.headers, "cookie", others === undefined ? cookie : `${others}; ${cookie}`),
      };
    }
    // A parameter of the same name in the link or the params would send the key twice, or a wrong one first.
    const { [this.#name]: _replaced, ...params } = request.params;
    return {
      ...request,
      url: withoutParams(request.url, [this.#name]),
      params: { ...params, [this.#name]: this.#key },
    };
  }
}

function isLocation(value: unknown): value is ApiKeyLocation {
  return LOCATIONS.some((location) => location === value);
}

/** Reads `{ type: "api_key", name, apiKey, location }`. */
export function apiKeyFromConfig(config: ConfigReader): ApiKeyAuth {
  const location = config.value("location", `one of ${LOCATIONS.join(", ")}`, isLocation) ?? "header";
  const auth = new ApiKeyAuth(config.name("name", "Authorization"), config.required("apiKey"), location);
  config.done();
  return auth;
}
