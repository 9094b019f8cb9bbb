/**
 * Secrets are redacted by value: whoever reads a credential registers it here once, and every text that leaves the
 * process through an error, a log line, a progress event or a load package passes `redact`.
 */
const MIN_LENGTH = 4; // A shorter "secret" would blank out ordinary words; those are hidden by position only (headers, query names).
const secrets = new Set<string>();
let pattern: RegExp | undefined;

/** Remembers `value` (and its URL-encoded and base64 forms) as something that may not be printed. */
export function registerSecret(value: string): void {
  if (value.length < MIN_LENGTH || secrets.has(value)) return;
  secrets.add(value);
  secrets.add(encodeURIComponent(value));
  secrets.add(Buffer.from(value, "utf8").toString("base64"));
  pattern = undefined;
}

/** Replaces every registered secret in `text` by `***`. */
export function redact(text: string): string {
  if (secrets.size === 0) return text;
  pattern ??= new RegExp(
    [...secrets]
      .sort((a, b) => b.length - a.length)
      .map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("|"),
    "g",
  );
  return text.replace(pattern, "***");
}

/** Query parameters whose value is hidden wherever a URL is printed, whether or not the value was registered. */
const SECRET_PARAMS =
  /^(api[_-]?key|apikey|token|key|access[_-]?token|refresh[_-]?token|secret|password|pwd|client[_-]?secret|client_id|username|sig|signature|authorization|code)$/i;

/** The URL with credentials removed: user info, secret-looking query values, registered secrets. Never throws. */
export function redactUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.username !== "" || parsed.password !== "") {
      parsed.username = "***";
      parsed.password = "";
    }
    for (const name of new Set(parsed.searchParams.keys())) {
      if (SECRET_PARAMS.test(name)) parsed.searchParams.set(name, "***");
    }
    return redact(parsed.href);
  } catch {
    return redact(url); // Not a URL: nothing to take apart, the values are still replaced.
  }
}
