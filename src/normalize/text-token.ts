/** Characters that need a second look: to be escaped, not storable (NUL), or maybe an unpaired surrogate. */
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
/** U+0000, which Postgres refuses in text, and lone surrogates, which are no Unicode text. */
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** `text` as a JSON string, or undefined when it holds a character that cannot be stored. */
export function plainToken(text: string): string | undefined {
  if (!SPECIAL.test(text)) return `"${text}"`;
  UNSTORABLE.lastIndex = 0; // `test` of a global pattern goes on where it was.
  return UNSTORABLE.test(text) ? undefined : JSON.stringify(text);
}

/** `text` as a JSON string; `onReplaced` is told how many unstorable characters became U+FFFD. */
export function textToken(text: string, onReplaced: (count: number) => void): string {
  return plainToken(text) ?? JSON.stringify(storable(text, onReplaced));
}

/** `text` with every unstorable character replaced by U+FFFD. */
export function storable(text: string, onReplaced: (count: number) => void): string {
  let count = 0;
  const clean = text.replace(UNSTORABLE, () => {
    count++;
    return "\ufffd";
  });
  if (count > 0) onReplaced(count);
  return clean;
}
