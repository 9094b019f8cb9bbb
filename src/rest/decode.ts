import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";
import { ConnectionError, ResponseTooLargeError } from "./errors.js";

/** What `accept-encoding` offers: the encodings that `decompress` can undo. */
export const ACCEPT_ENCODING = "gzip, deflate, br";

/** A server may encode a body several times over; one that does it more often wants to keep us busy. */
const MAX_ENCODINGS = 5;

const gunzipAsync = promisify(gunzip);
const inflateAsync = promisify(inflate);
const inflateRawAsync = promisify(inflateRaw);
const brotliAsync = promisify(brotliDecompress);

/**
 * Undoes a `content-encoding` (RFC 9110, 8.4): the last one applied first.
 *
 * @throws ResponseTooLargeError when more than `maxBytes` come out, ConnectionError when the data is cut off or damaged.
 */
async function decompress(body: Buffer, encodings: string, maxBytes: number, url: string): Promise<Buffer> {
  const names = encodings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > MAX_ENCODINGS) {
    throw new ConnectionError(`The body has ${names.length} encodings; ${MAX_ENCODINGS} are undone at most`, {
      url,
      reasonCode: "CONTENT_ENCODING",
    });
  }
  let bytes = body;
  for (const name of names.reverse()) {
    if (bytes.length > 0) bytes = await decompressOne(bytes, name, maxBytes, url);
  }
  return bytes;
}

/** The body without its `content-encoding`, and unpacked where it is a gzip file: no text begins with these bytes. */
export async function plainBody(
  raw: Buffer,
  encodings: string | undefined,
  maxBytes: number,
  url: string,
): Promise<Buffer> {
  const body = encodings === undefined || raw.length === 0 ? raw : await decompress(raw, encodings, maxBytes, url);
  return body[0] === 0x1f && body[1] === 0x8b ? decompressOne(body, "gzip", maxBytes, url) : body;
}

async function decompressOne(bytes: Buffer, encoding: string, maxBytes: number, url: string): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes };
  try {
    switch (encoding) {
      case "gzip":
      case "x-gzip":
        return await gunzipAsync(bytes, options);
      case "deflate":
        // "deflate" means zlib's format, but some servers send the bare stream (RFC 9110, 8.4.1.2).
        return await (((bytes[0] ?? 0) & 0x0f) === 8 ? inflateAsync(bytes, options) : inflateRawAsync(bytes, options));
      case "br":
        return await brotliAsync(bytes, options);
    }
  } catch (cause) {
    if (errorCode(cause) === "ERR_BUFFER_TOO_LARGE") throw new ResponseTooLargeError(url, maxBytes, { cause });
    throw new ConnectionError(`The ${encoding} body is cut off or damaged`, {
      url,
      cause,
      reasonCode: "BODY_DAMAGED",
      hint: 'Run again. If it stays, the API or a proxy compresses wrongly: ask for plain bodies with headers: { "accept-encoding": "identity" }.',
    });
  }
  throw new ConnectionError(`The body is encoded as "${encoding}", which was not asked for`, {
    url,
    reasonCode: "CONTENT_ENCODING",
    hint: `sluice reads ${ACCEPT_ENCODING}; a proxy or an Accept-Encoding header may be the reason.`,
  });
}

/** The text of a body. */
export interface DecodedText {
  readonly text: string;
  /** How many U+FFFD stand for bytes that are no text in the charset. */
  readonly replaced: number;
}

/** The charset that a byte order mark tells; it wins over what a header says (WHATWG Encoding, 6). */
function markedCharset(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
}

/** Bytes as text in the charset of their byte order mark, or the one that `contentType` names (default UTF-8), without the mark. */
export function decodeText(bytes: Buffer, contentType: string | undefined): DecodedText {
  const named = /charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? "")?.[1]?.toLowerCase();
  const charset = markedCharset(bytes) ?? named ?? "utf-8";
  if (charset !== "utf-8" && charset !== "utf8") {
    try {
      const text = new TextDecoder(charset).decode(bytes);
      return { text, replaced: occurrences(text, "\ufffd") };
    } catch {
      // An unknown charset name: UTF-8 is what JSON is in anyway (RFC 8259, 8.1).
    }
  }
  const text = withoutMark(bytes.toString("utf8"));
  return { text, replaced: isUtf8(bytes) ? 0 : occurrences(text, "\ufffd") - occurrences(bytes, "\ufffd") };
}

function occurrences(haystack: string | Buffer, needle: string): number {
  let count = 0;
  const step = typeof haystack === "string" ? needle.length : Buffer.byteLength(needle);
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + step)) count += 1;
  return count;
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** The `code` of a system error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
