import { redact, registerPassingSecret } from "../core/redaction.js";
import { headerOf, isCredentialHeaderName } from "./headers.js";
import type { RequestSpec } from "./request.js";
import { buildUrl } from "./url.js";

/** Shorter values under names that do not speak of credentials are taken for ordinary words: tenants, versions. */
const MIN_UNNAMED = 8;
/** What signers add besides signatures. */
const NO_SECRETS = /^(host|accept.*|user-agent|content-.*|.*date|.*timestamp|.*version|.*algorithm|.*region)$/i;
const CREDENTIALS = /sig|hmac|digest|nonce/i;

/** Registers what an auth put on a request, so that classes and functions of users need not think of it. */
export function registerAdded(before: RequestSpec, after: RequestSpec): void {
  if (before === after) return;
  for (const [name, value] of Object.entries(after.headers))
    if (value !== null && value !== headerOf(before.headers, name)) registerValue(name, value);
  if (after.url === before.url && after.params === before.params) return;
  const given = new URL(buildUrl(before.url, before.params)).searchParams;
  for (const [name, value] of new URL(buildUrl(after.url, after.params)).searchParams)
    if (!given.has(name, value)) registerValue(name, value);
}

function registerValue(name: string, value: string): void {
  if (NO_SECRETS.test(name)) return;
  const isNamed = isCredentialHeaderName(name) || CREDENTIALS.test(name);
  const texts = isNamed ? [value, ...partsOf(value)] : value.length < MIN_UNNAMED ? [] : [value];
  // What holds a known secret is hidden as far as it has to be.
  for (const text of texts) if (redact(text) === text) registerPassingSecret(text);
}

/** What stands behind a scheme or names: `Bearer …`, `a=1; sid=…`, `Credential=…, SignedHeaders=…, Signature=…`. */
function partsOf(value: string): string[] {
  const parts = value.split(/[\s,]+|;\s+/);
  const [, behindScheme] = parts;
  const named = parts.flatMap((part) => /^(?!SignedHeaders=)[\w.-]+=(.+)$/i.exec(part)?.[1] ?? []);
  return parts.length === 2 && behindScheme !== undefined ? [behindScheme, ...named] : named;
}
