let last = 0;

/** A load id as dlt makes them: Unix time in seconds with a fraction, growing within the process. */
export function nextLoadId(): string {
  const now = (performance.timeOrigin + performance.now()) / 1000;
  last = Math.max(now, last + 1e-6);
  return last.toFixed(6);
}
