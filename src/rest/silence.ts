import { redactUrl } from "../core/redaction.js";
import type { RequestSpec } from "./request.js";

/** Told of a request that has been under way for `ms`, without its whole answer. */
export type OnSilence = (ms: number, detail: string) => void;

/** Milliseconds after which it is told for the first time. */
const FIRST_MS = 5000;

/**
 * Tells `onSilence` while a request is not answered: after 5 seconds, or half of `timeout` (seconds), and whenever twice that
 * time has passed. Nothing else tells an API that thinks from one that is gone, until the timeout.
 */
export function watchSilence(
  { method, url }: RequestSpec,
  timeout: number,
  onSilence: OnSilence | undefined,
): { end(): void } {
  if (onSilence === undefined) return { end: () => undefined };
  const began = performance.now();
  let due = Math.min(FIRST_MS, (timeout * 1000) / 2);
  let timer = setTimeout(tell, due);
  function tell(): void {
    onSilence?.(Math.round(performance.now() - began), `${method} ${redactUrl(url)}`);
    timer = setTimeout(tell, due);
    due *= 2;
  }
  return { end: () => clearTimeout(timer) };
}
