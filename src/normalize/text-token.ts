/** Characters that need a second look: not storable (NUL), or maybe an unpaired surrogate. */
const SUSPECT = /[\0\ud800-\udfff]/;
/** U+0000, which Postgres refuses in text, and lone surrogates, which are no Unicode text. */
const UNSTORABLE = /[\0\p{Cs}]/gu;

/** True when every character of `text` can be stored. */
export function isStorable(text: string): boolean {
  if (!SUSPECT.test(text)) return true;
  UNSTORABLE.lastIndex = 0; // `test` of a global pattern goes on where it was.
  return !UNSTORABLE.test(text);
}

/** `text` as a JSON string; `onReplaced` is told how many unstorable characters became U+FFFD. */
export function textToken(text: string, onReplaced: (count: number) => void): string {
  return JSON.stringify(storable(text, onReplaced));
}

/** `text` with every unstorable character replaced by U+FFFD. */
export function storable(text: string, onReplaced: (count: number) => void): string {
  if (isStorable(text)) return text;
  let count = 0;
  const clean = text.replace(UNSTORABLE, () => {
    count++;
    return "\ufffd";
  });
  onReplaced(count);
  return clean;
}
