import type { NamingRules } from "./naming.js";

/** Characters that would vanish and yet tell names apart. */
const REDUCED: Readonly<Record<string, string>> = { "+": "x", "*": "x", "-": "_", "@": "a", "|": "l" };

/**
 * dlt's default: lower case, words parted by single underscores, ASCII letters, digits and underscores only. A leading
 * digit gets an underscore, every trailing underscore becomes `x`. `Größe` is `gr_e`, `日本語` is `x`.
 */
export const snakeCase: NamingRules = {
  name: "snake_case",
  caseSensitive: false,
  separator: "__",
  normalize(trimmed) {
    const words = trimmed
      .replace(/[+*@|-]/g, (character) => REDUCED[character] ?? "_")
      .replace(/[^a-zA-Z\p{Nd}_]+/gu, "_")
      .replace(/([^_])([A-Z][a-z]+)/g, "$1_$2")
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .toLowerCase();
    return words
      .replace(/^\p{Nd}/u, "_$&")
      .replace(/_+$/, (underscores) => "x".repeat(underscores.length))
      .replace(/__+/g, "_");
  },
};
