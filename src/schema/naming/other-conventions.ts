import type { NamingRules } from "./naming.js";

/** Keeps names as they are but for line breaks, quotes and the path separator. */
export const direct: NamingRules = {
  name: "direct",
  caseSensitive: true,
  separator: "▶",
  normalize: (trimmed) => trimmed.replace(/[\n\r'"▶]/g, "_"),
};

/** Keeps case and Unicode; line breaks and double quotes become underscores, which are never doubled. */
export const duckCase: NamingRules = {
  name: "duck_case",
  caseSensitive: true,
  separator: "__",
  normalize: (trimmed) => trimmed.replace(/[\n\r"]/g, "_").replace(/__+/g, "_"),
};

/** ASCII letters, digits and underscores, case kept, trailing underscores removed. */
export const sqlCaseSensitive: NamingRules = {
  name: "sql_cs_v1",
  caseSensitive: true,
  separator: "__",
  normalize: sqlSafe,
};

/** `sql_cs_v1` in lower case. */
export const sqlCaseInsensitive: NamingRules = {
  name: "sql_ci_v1",
  caseSensitive: false,
  separator: "__",
  normalize: (trimmed) => sqlSafe(trimmed).toLowerCase(),
};

function sqlSafe(trimmed: string): string {
  const safe = trimmed.replace(/[^a-zA-Z\p{Nd}_]+/gu, "_").replace(/^\p{Nd}/u, "_$&");
  return (safe === "_" ? safe : safe.replace(/_+$/, "")).replace(/__+/g, "_");
}
