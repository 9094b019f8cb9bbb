import type { ExactJson, JsonValue } from "../core/json.js";
import type { Auth } from "./auth/auth.js";
import type { ResponseFormat } from "./body-format.js";
import type { NumberReading } from "./json-numbers.js";

/** HTTP methods a resource may use. */
export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** Value of a query parameter: null and undefined omit it, booleans are lower-case, lists repeat the name. */
export type ParamValue = JsonValue | undefined | bigint | Date;

/**
 * A request before it is sent. Immutable: paginators and auth return changed copies.
 * `url` is absolute and may already carry a query; `params` are appended to it.
 */
export interface RequestSpec {
  readonly method: HttpMethod;
  readonly url: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Null removes a header that a lower level set. Names are case-insensitive. */
  readonly headers: Readonly<Record<string, string | null>>;
  /** JSON body. Undefined: none; `{}` is sent as `{}`. Not together with `data`. */
  readonly json?: ExactJson;
  /** Form body (object, or list of pairs) or raw body (string, bytes). */
  readonly data?:
    | Readonly<Record<string, ParamValue>>
    | readonly (readonly [string, ParamValue])[]
    | string
    | Uint8Array;
  /** Undefined: the client's; null: none for this request. */
  readonly auth?: Auth | null;
}

/** A response whose body was read to its end. Never holds a socket. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body came from after redirects. */
  readonly url: string;
  /** Decoded text of the body; "" when it was empty. */
  readonly text: string;
  /** Bytes of the body after decompression. */
  readonly bytes: number;
  /** Bytes of the body that were no text in its charset: so many U+FFFD stand for them in `text`. Absent: none. */
  readonly replacedCharacters?: number;
  /** What the body is written in. Absent: what its content type says, otherwise JSON. */
  readonly format?: ResponseFormat;
  /** `exact`: numbers with a fraction keep digits that a double would lose. Absent: they are doubles. */
  readonly numbers?: NumberReading;
  /** The parsed body, parsed once: JSON, or the list of the lines of JSON Lines or of the records of CSV. Undefined when the body is empty. Throws `ResponseParseError` when it is none of them. */
  json(): unknown;
}
