/**
 * Why a sequence of pages ended. Every resource reports one; the ones in `DOUBTFUL_STOPS` come with a warning.
 *
 * - `no-next`: the API said there is no next page (null or missing link, cursor, header).
 * - `single-page`: the paginator asks for one page only.
 * - `total-reached`, `empty-page`, `has-more-false`: the end that the API declared.
 * - `maximum-reached`: the configured maximum page or offset, or `maxPages`.
 * - `limit`: `limit` of the run or of the resource.
 * - `row-order`: an incremental cursor with a declared order went out of its range.
 * - `ignored`: a response action said to ignore the response and end here.
 * - `exhausted`: a generator or list came to its end.
 * - `undetected`: no paginator was named and none was recognised; the first page is all there is.
 * - `skipped`: the resource failed and its `onError` says to go on without it.
 */
export type StopReason = (typeof STOP_REASONS)[number];

const STOP_REASONS = [
  "no-next",
  "single-page",
  "total-reached",
  "empty-page",
  "has-more-false",
  "maximum-reached",
  "limit",
  "row-order",
  "ignored",
  "exhausted",
  "undetected",
  "skipped",
] as const;

/** Those that a paginator may give: the others say what happened outside of it. */
export const PAGINATOR_STOPS: readonly string[] = STOP_REASONS.slice(0, 7);

/** True for a reason that a paginator may give; what a paginator of the user's says is not known before. */
export function isPaginatorStop(reason: unknown): boolean {
  return typeof reason === "string" && (PAGINATOR_STOPS.includes(reason) || reason === "undetected");
}
