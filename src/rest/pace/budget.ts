import type { ResolvedRateLimit, WindowLimit } from "./rate-limit.js";
import { RequestWindow } from "./request-window.js";

/** What stands between a request and its sending. */
export type Obstacle =
  | { readonly kind: "concurrency"; readonly of: Budget }
  | { readonly kind: "window"; readonly of: RequestWindow };

/** The requests that share limits: all of an origin, or those of one endpoint. Every one is counted, also those that declare no limit. */
export class Budget {
  readonly #windows = new Map<string, RequestWindow>();
  #inFlight = 0;

  /** True when as many requests are in flight as `limit` allows. */
  isFull(limit: ResolvedRateLimit): boolean {
    return this.#inFlight >= limit.concurrency;
  }

  /** The window of a limit; equal limits share one. */
  window(limit: WindowLimit): RequestWindow {
    const key = `${limit.requests}/${limit.ms}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RequestWindow(limit);
      this.#windows.set(key, window);
    }
    return window;
  }

  /** Counts a request that is sent now. What it returns is to be called when the request was answered or has failed. */
  send(now: number): (answeredAt: number) => void {
    this.#inFlight += 1;
    const noted: { window: RequestWindow; number: number }[] = [];
    for (const window of this.#windows.values()) noted.push({ window, number: window.send(now) });
    return (answeredAt) => {
      this.#inFlight -= 1;
      for (const { window, number } of noted) window.answered(number, answeredAt);
    };
  }
}
