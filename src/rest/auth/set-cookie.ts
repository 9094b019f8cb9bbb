/**
 * Names and values of the cookies that an answer sets (RFC 6265, 5.2), without their attributes. `header` may be several
 * `Set-Cookie` headers joined by commas: a comma in a date is followed by no `name=`.
 */
export function cookiesOf(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const cookie of (header ?? "").split(/,(?=\s*[^\s;,=]+=)/)) {
    const [pair = ""] = cookie.split(";", 1);
    const mark = pair.indexOf("=");
    const [name, value] = [pair.slice(0, mark).trim(), pair.slice(mark + 1).trim()];
    if (mark > 0 && name !== "" && !isExpired(cookie)) cookies.set(name, value);
  }
  return cookies;
}

/** A cookie of the past is one that the server takes away. */
function isExpired(cookie: string): boolean {
  return /;\s*max-age=(0|-\d+)\s*(;|$)/i.test(cookie) || /;\s*expires=[^;]*\b1970\b/i.test(cookie);
}
