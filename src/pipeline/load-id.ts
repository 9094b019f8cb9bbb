let last = 0;

/**
 * A load id as dlt makes them: Unix time in seconds with a fraction. It grows within the process, and is greater than the
 * newest at the destination also when the clock was set back: what is newest there is decided by it.
 */
export function nextLoadId(newest: string | undefined): string {
  const now = (performance.timeOrigin + performance.now()) / 1000;
  last = Math.max(now, last + 1e-6, Number(newest ?? 0) + 1e-6);
  return last.toFixed(6);
}
