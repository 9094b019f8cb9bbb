import { isSecretName, redact } from "../core/redaction.js";

type HeaderInput = Readonly<Record<string, string | null | undefined>>;

/**
 * Header sets merged from left to right; names are compared without case, null removes what a lower level set.
 * The result has no nulls.
 */
export function mergeHeaders(...levels: readonly HeaderInput[]): Record<string, string> {
  const merged = new Map<string, readonly [string, string]>();
  for (const level of levels) {
    for (const [name, value] of Object.entries(level)) {
      if (value === undefined) continue;
      if (value === null) merged.delete(name.toLowerCase());
      else merged.set(name.toLowerCase(), [name, value]);
    }
  }
  return Object.fromEntries(merged.values());
}

/** `headers` with one set; a same-named header of any case is replaced. */
export function withHeader(
  headers: Readonly<Record<string, string | null>>,
  name: string,
  value: string,
): Record<string, string | null> {
  const others = Object.entries(headers).filter(([key]) => key.toLowerCase() !== name.toLowerCase());
  return { ...Object.fromEntries(others), [name]: value };
}

/** The value of a header, whatever the case of its name in `headers`. */
export function headerOf(headers: HeaderInput, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(headers)) if (key.toLowerCase() === wanted) return value ?? undefined;
  return undefined;
}

/** True for what can be the name of a header (RFC 9110, 5.6.2). */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name);
}

/** True for a header that carries credentials by its name. */
export function isCredentialHeaderName(name: string): boolean {
  return isSecretName(name) || /[-_]key$/i.test(name);
}

/** True for a header that carries credentials: by its name, or because its value contains a registered secret. */
export function isCredentialHeader(name: string, value: string | null): boolean {
  return isCredentialHeaderName(name) || (value !== null && redact(value) !== value);
}
