import { createHash } from "node:crypto";

/** Bytes of the hash in the tag; dlt derives 4 from a collision probability of 0.001. */
const TAG_BYTES = 4;

/**
 * Shortens identifiers that are longer than `maxLength` characters as dlt does: the middle is replaced by a tag, six
 * characters of the hash of the original name, so that names which differ only in the middle stay apart.
 */
export function shortener(maxLength: number | undefined): (normalized: string, original: string) => string {
  if (maxLength === undefined) return (normalized) => normalized;
  return (normalized, original) => {
    if (normalized.length <= maxLength) return normalized;
    const characters = Array.from(normalized); // Python counts code points.
    if (characters.length <= maxLength) return normalized;
    const tag = tagOf(original);
    const rest = maxLength - tag.length;
    const tail = Math.floor(rest / 2);
    return characters.slice(0, rest - tail).join("") + tag + characters.slice(characters.length - tail).join("");
  };
}

function tagOf(original: string): string {
  const hash = createHash("shake128", { outputLength: TAG_BYTES }).update(original, "utf8").digest("base64");
  return hash.replaceAll("=", "").replaceAll("/", "a").replaceAll("+", "b").toLowerCase();
}
