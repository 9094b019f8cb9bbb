/**
 * Compares two strings by code point, as Python and orjson do. JavaScript's `<` compares UTF-16 units and puts
 * U+1F600 before U+FF5E, which would order keys (and with them hashes) differently from dlt.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates above the rest of the basic plane, where the code points that they stand for are. */
function codePointRank(unit: number): number {
  if (unit < 0xd8_00) return unit;
  return unit < 0xe0_00 ? unit + 0x20_00 : unit - 0x8_00;
}
