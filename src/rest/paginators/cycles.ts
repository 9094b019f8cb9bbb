/**
 * What is remembered of the rows of earlier pages to notice that a list begins anew: an API that no longer knows its cursor
 * sends the first page again, with fresh cursors. Small, because every page's journal record has it.
 */
export type CycleState = {
  /** Short fingerprints of the rows of the latest pages, oldest first; "" for none. */
  readonly recent: readonly string[];
  /** So many pages before the latest one was a page with its rows; absent: none. */
  readonly length?: number;
  /** Pages in a row for which that holds. */
  readonly matched?: number;
  /** A page to which later ones are compared; the first after a power of two that can be (Brent's algorithm). */
  readonly mark?: {
    readonly rows: string;
    readonly page: number;
    /** So many pages after it its rows came again; absent: not yet. */
    readonly again?: number;
  };
};

const RECENT = 12;
/** 36 bits are enough where a whole round has to match. */
const SHORT = 6;
/** Rows that nothing identifies may come again in the same order by chance. */
const MIN_MATCHED = 10;

/** The rows of a page, as far as cycles are concerned. */
export interface CyclePage {
  /** Fingerprint; "" when it has none. */
  readonly rows: string;
  readonly page: number;
  /** A single row, or equal ones: how many such pages in a row may repeat others. Undefined: the rows differ. */
  readonly mayRepeat: number | undefined;
  /** The rows have an id. */
  readonly identified: boolean;
}

/** What is to be remembered after a page, and the number of pages that come again and again. */
export function cycleStep(
  before: CycleState | undefined,
  page: CyclePage,
): { readonly state: CycleState; readonly cycle?: number } {
  const rows = page.rows.slice(0, SHORT);
  const seen = before?.recent ?? [];
  const goesOn = before?.length !== undefined && seen.at(-before.length) === rows;
  const at = goesOn ? seen.length - (before.length ?? 0) : seen.lastIndexOf(rows);
  const length = at === -1 ? undefined : seen.length - at;
  const matched = goesOn ? (before.matched ?? 0) + 1 : 1;
  const { mark, far } = marked(before?.mark, rows, page);
  const state = {
    recent: [...seen, rows].slice(-RECENT),
    ...(length !== undefined && { length, matched }),
    ...(mark !== undefined && { mark }),
  };
  // Of pages without rows, and of one that repeats the page before it, others judge.
  if (rows === "" || length === 1) return { state };
  const needed = page.mayRepeat ?? Math.max(length ?? 0, page.identified ? 0 : MIN_MATCHED);
  const cycle = length !== undefined && matched >= needed ? length : far;
  return cycle === undefined ? { state } : { state, cycle };
}

/** The page to compare with from here on, and the length of a cycle that it has shown: its rows came twice, after equal ways. */
function marked(
  mark: CycleState["mark"],
  rows: string,
  { page, mayRepeat }: CyclePage,
): { readonly mark?: CycleState["mark"]; readonly far?: number } {
  const isComparable = rows !== "" && mayRepeat === undefined;
  if (isComparable && (mark === undefined || page >= 2 * powerUpTo(mark.page)))
    return { mark: { rows, page }, ...farOf(mark, rows, page) };
  if (!isComparable || mark?.rows !== rows) return mark === undefined ? {} : { mark };
  return { mark: { ...mark, again: mark.again ?? page - mark.page }, ...farOf(mark, rows, page) };
}

function farOf(mark: CycleState["mark"], rows: string, page: number): { readonly far?: number } {
  if (mark?.again === undefined || mark.rows !== rows || mark.again <= RECENT) return {};
  return page - mark.page === 2 * mark.again ? { far: mark.again } : {};
}

function powerUpTo(page: number): number {
  return 2 ** Math.floor(Math.log2(page));
}
