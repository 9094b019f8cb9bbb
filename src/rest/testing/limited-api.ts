import type { ServerResponse } from "node:http";
import { localServer, type LocalServer, type SeenRequest, sendJson } from "./local-server.js";

/** A server that counts what it is asked, by its own clock. */
export interface LimitedApi extends LocalServer {
  /** The most requests whose target begins with `prefix` that arrived within any span of so many milliseconds. */
  mostWithin(ms: number, prefix?: string): number;
  /** The most requests in flight so far; starts anew with each call. */
  mostInFlight(): number;
  /** From now on nobody is answered before so many are in flight. */
  gather(count: number): void;
  /** Answers with 429. */
  readonly refused: number;
}

/** How {@link limitedApi} answers. */
export interface LimitedApiOptions {
  /** The status for a request, told how many are in flight with it; 200 by default. */
  status?(request: SeenRequest, inFlight: number): number;
  /** Headers of a refusal. */
  readonly refusal?: Readonly<Record<string, string>>;
  /** The body of a success; an empty list by default. */
  body?(request: SeenRequest): unknown;
}

/** Starts a server that answers a little later, so that requests overlap. */
export async function limitedApi(options: LimitedApiOptions = {}): Promise<LimitedApi> {
  const arrivals: { readonly at: number; readonly target: string }[] = [];
  let inFlight = 0;
  let most = 0;
  let refused = 0;
  let gathered = 1;
  const held: (() => void)[] = [];
  const answer = (request: SeenRequest, response: ServerResponse): void => {
    arrivals.push({ at: performance.now(), target: request.target });
    inFlight += 1;
    most = Math.max(most, inFlight);
    const status = options.status?.(request, inFlight) ?? 200;
    if (status === 429) refused += 1;
    held.push(() => {
      inFlight -= 1;
      if (status === 200) sendJson(response, options.body?.(request) ?? []);
      else sendJson(response, { status }, status, { ...options.refusal });
    });
    if (held.length < gathered) return;
    // Long enough for all sockets to be read: whoever sends more than was gathered is seen.
    const answers = held.splice(0);
    setTimeout(() => {
      for (const give of answers) give();
    }, 25);
  };
  const server = await localServer(answer);
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    get refused() {
      return refused;
    },
    mostWithin(ms, prefix = "/") {
      const times = arrivals.filter(({ target }) => target.startsWith(prefix)).map(({ at }) => at);
      return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + ms).length));
    },
    gather(count) {
      gathered = count;
    },
    mostInFlight() {
      const before = most;
      most = inFlight;
      return before;
    },
  };
}
