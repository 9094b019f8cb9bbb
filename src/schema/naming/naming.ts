/**
 * Turns the names that an API uses into names of tables and columns, the way dlt's convention of the same name does.
 * Instances remember what they have normalised; names come back often.
 */
export interface NamingConvention {
  /** As in the stored schema: `snake_case`. */
  readonly name: string;
  readonly caseSensitive: boolean;
  /** Joins the parts of a path: `__`, or `▶` with `direct`. */
  readonly separator: string;
  /** One identifier, shortened. Throws `RangeError` when it is empty or blank. */
  identifier(name: string): string;
  /** Splits at the separator, drops empty parts, normalises each part, joins and shortens: `a__B` becomes `a__b`. "" when nothing is left. */
  path(path: string): string;
  /** Joins identifiers that are normalised already and shortens the whole. */
  join(identifiers: readonly string[]): string;
}

/** What sets one convention apart. */
export interface NamingRules {
  readonly name: string;
  readonly caseSensitive: boolean;
  readonly separator: string;
  /** `trimmed` is not empty. */
  normalize(trimmed: string): string;
}

/** Python's `str.strip()`: JavaScript's `trim` differs in U+001C..U+001F, U+0085 and U+FEFF. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const OUTER_SPACE = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");
/** Names that come from data (dates or ids as keys) have no end; the memory for them has. */
const MEMO_LIMIT = 50_000;

/** True for "" and for text that is nothing but white space. */
export function isBlank(text: string): boolean {
  return text === "" || text.replace(OUTER_SPACE, "") === "";
}

/** A convention from its rules; `shorten` cuts what is too long for the destination. */
export function createNaming(
  rules: NamingRules,
  shorten: (normalized: string, original: string) => string,
): NamingConvention {
  const { name, caseSensitive, separator } = rules;

  const identifier = memoize((raw) => {
    const trimmed = raw.replace(OUTER_SPACE, "");
    if (trimmed === "") throw new RangeError("A name must not be empty");
    return shorten(rules.normalize(trimmed), trimmed);
  });
  const path = memoize((raw) => {
    const parts = raw.split(separator).filter((part) => !isBlank(part));
    const named = parts.map((part) => identifier(part)).filter((part) => !isBlank(part));
    return shorten(named.join(separator), raw);
  });
  const joined = memoize((text) => shorten(text, text));

  return {
    name,
    caseSensitive,
    separator,
    identifier,
    path,
    join: (parts) => joined(parts.filter((part) => !isBlank(part)).join(separator)),
  };
}

function memoize(compute: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = compute(text);
      if (known.size >= MEMO_LIMIT) known.clear();
      known.set(text, result);
    }
    return result;
  };
}
