import type { ResolvedRateLimit } from "./rate-limit.js";
import { RequestWindow } from "./request-window.js";

/** What stands between a request and its sending. */
export type Obstacle = Budget | RequestWindow;

/** The requests that share limits: all of an origin, or those of one endpoint. Limits hold for all of them, whoever declared them. */
export class Budget {
  readonly #name: string;
  readonly #windows = new Map<string, RequestWindow>();
  #concurrency = Infinity;
  #inFlight = 0;

  /** `name`: an origin, or method and address of an endpoint. */
  constructor(name: string) {
    this.#name = name;
  }

  /** From now on the limit holds; what was sent before does not count in its windows. */
  declare(limit: ResolvedRateLimit | undefined): void {
    if (limit === undefined) return;
    this.#concurrency = Math.min(this.#concurrency, limit.concurrency);
    for (const declared of limit.windows) {
      const key = `${declared.requests}/${declared.ms}`;
      if (!this.#windows.has(key)) this.#windows.set(key, new RequestWindow(declared));
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Infinity when none is declared. */
  get concurrency(): number {
    return this.#concurrency;
  }

  get windows(): Iterable<RequestWindow> {
    return this.#windows.values();
  }

  /** `declared limit (10 per second) of https://api.example.com`. */
  describe(obstacle: Obstacle): string {
    const limit = obstacle instanceof RequestWindow ? obstacle.text : `${this.#concurrency} at the same time`;
    return `declared limit (${limit}) of ${this.#name}`;
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
