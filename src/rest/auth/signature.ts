import { messageOf, SluiceError } from "../../core/errors.js";
import { isTextRecord } from "../../core/json.js";
import { encodeBody } from "../body.js";
import { AuthError } from "../errors.js";
import { mergeHeaders, withHeader } from "../headers.js";
import type { HttpMethod, RequestSpec } from "../request.js";
import { buildUrl, parseUrl } from "../url.js";
import type { Auth } from "./auth.js";
import type { AuthKind } from "./kind.js";

/** A request as it will be sent: what is signed is what the server sees. */
export interface RequestToSign {
  readonly method: HttpMethod;
  /** Absolute, with its whole query. */
  readonly url: string;
  /** Names as they were given; `host` and what the transport adds (`user-agent`, `accept`, `accept-encoding`) are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body; empty when there is none. */
  readonly body: Uint8Array;
}

/**
 * Returns the headers to add to a request, in place of those of the same names. Called each time a request is sent, also
 * for each page, retry and redirect within the allowed origins.
 */
export type Sign = (
  request: RequestToSign,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

/** Signs each request: AWS Signature Version 4, HMAC and the like. From TypeScript only, as it is a function. */
export interface SignatureAuthConfig {
  readonly type: "signature";
  readonly sign: Sign;
}

/** Adds the headers that a function makes of each request. */
export class SignatureAuth implements Auth {
  readonly type: string = "signature";
  readonly #sign: Sign;

  constructor(sign: Sign) {
    this.#sign = sign;
  }

  async apply(request: RequestSpec): Promise<RequestSpec> {
    const { json: _json, data: _data, ...bare } = request;
    const encoded = encodeBody(request);
    const body = Buffer.from(encoded?.bytes ?? "");
    const url = parseUrl(buildUrl(request.url, request.params)).href;
    const described = encoded?.contentType === undefined ? {} : { "content-type": encoded.contentType };
    const headers = mergeHeaders(described, request.headers);
    const added = await this.#added({ method: request.method, url, headers, body });
    let signed: RequestSpec["headers"] = { ...request.headers, ...headers };
    for (const [name, value] of Object.entries(added)) signed = withHeader(signed, name, value);
    // From here on the URL and the bytes are fixed: encoded anew they could differ from what was signed.
    return { ...bare, url, params: {}, headers: signed, ...(encoded !== undefined && { data: body }) };
  }

  async #added(request: RequestToSign): Promise<Readonly<Record<string, string>>> {
    let added: unknown;
    try {
      added = await this.#sign(request);
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      throw new AuthError(`The function that signs requests failed: ${messageOf(cause)}`, { cause });
    }
    if (isTextRecord(added)) return added;
    throw new AuthError("The function that signs requests returned something else than headers", {
      hint: "Return an object of texts: the headers to add.",
    });
  }
}

function isSign(value: unknown): value is Sign {
  return typeof value === "function";
}

/** `{ type: "signature", sign }`. */
export const signature: AuthKind = {
  needs: {},
  read(config) {
    const sign = config.need(
      "sign",
      config.value("sign", "a function: requests are signed from TypeScript only", isSign, undefined),
      () => ({}),
    );
    config.done();
    return () => new SignatureAuth(sign);
  },
};
