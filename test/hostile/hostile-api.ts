import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type LocalServer, localServer, type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";
import type { HostileCase } from "./hostile-case.js";

/** Milliseconds between two drips: far below any timeout. */
const DRIP_MS = 20;

/** One request to a hostile server, and the means to answer it. */
export interface Visit {
  readonly request: SeenRequest;
  readonly response: ServerResponse;
  /** 1 for a request without `page`. */
  readonly page: number;
  /** How often this address was asked for, with this request. */
  readonly times: number;
  readonly api: HostileApi;
  /** Answers with a text or bytes, as JSON unless the headers say otherwise. */
  send(body: string | Uint8Array, headers?: Record<string, string>, status?: number): void;
  /** Answers with lines of HTTP and a body that no server library would send. The connection stays open. */
  raw(head: readonly string[], body?: string | Uint8Array): Socket;
  /** Writes again and again until the server ends: into the answer, or into the connection below it. */
  drip(text: string, into?: "answer" | "connection"): void;
}

/**
 * The API of the hostile cases. `GET /items` has two pages of two rows, `{ data: [{ id }, …], next }`, or the same rows by
 * `offset`, until the attack of a case takes over. A second server stands for the rest of the world: every case may point there, and see what arrives.
 */
export class HostileApi implements AsyncDisposable {
  readonly #server: LocalServer;
  readonly #elsewhere: LocalServer;
  readonly #attack: Pick<HostileCase, "attack" | "attacks">;
  readonly #asked = new Map<string, number>();
  /** Timers and the like of attacks that go on: ended with the server. */
  readonly #ends: (() => void)[] = [];
  #healed = false;
  #attacks = 0;

  private constructor(servers: readonly [LocalServer, LocalServer], attack: Pick<HostileCase, "attack" | "attacks">) {
    [this.#server, this.#elsewhere] = servers;
    this.#attack = attack;
  }

  static async start(attack: Pick<HostileCase, "attack" | "attacks">): Promise<HostileApi> {
    let api: HostileApi | undefined = undefined;
    const visited = (request: SeenRequest, response: ServerResponse): void => api?.visit(request, response);
    const servers = await Promise.all([localServer(visited), localServer(visited)]);
    api = new HostileApi(servers, attack);
    return api;
  }

  /** Without a slash at the end. */
  get url(): string {
    return this.#server.url;
  }

  /** Another origin. */
  get elsewhere(): string {
    return this.#elsewhere.url;
  }

  /** Requests to the API. */
  get seen(): readonly SeenRequest[] {
    return this.#server.seen;
  }

  /** Requests to the other origin. */
  get seenElsewhere(): readonly SeenRequest[] {
    return this.#elsewhere.seen;
  }

  /** Requests that were answered by the attack. */
  get attacks(): number {
    return this.#attacks;
  }

  /** Ends the attack: from here on the API is healthy. */
  heal(): void {
    this.#healed = true;
  }

  /** Calls `end` when the server stops. */
  until(end: () => void): void {
    this.#ends.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end();
    await this.#server[Symbol.asyncDispose]();
    await this.#elsewhere[Symbol.asyncDispose]();
  }

  private visit(request: SeenRequest, response: ServerResponse): void {
    const times = (this.#asked.get(request.url.href) ?? 0) + 1;
    this.#asked.set(request.url.href, times);
    const visit = visitOf(this, request, response, times);
    const { attack, attacks = ({ page }: Visit) => page === 2 } = this.#attack;
    if (!this.#healed && attacks(visit)) {
      this.#attacks += 1;
      attack(visit);
    } else sendJson(response, healthyAnswer(request, visit.page));
  }
}

function healthyAnswer({ url }: SeenRequest, page: number): unknown {
  if (url.pathname === "/token") return { access_token: "hostile-healthy", expires_in: 3600, token_type: "bearer" };
  const offset = url.searchParams.get("offset");
  if (offset === null) return healthyPage(page);
  return { data: [1, 2, 3, 4].slice(Number(offset), Number(offset) + 2).map((id) => ({ id })), total: 4 };
}

/** Page `page` of the healthy API. */
export function healthyPage(page: number): { data: { id: number }[]; next: string | null } {
  return { data: [{ id: page * 2 - 1 }, { id: page * 2 }], next: page < 2 ? `/items?page=${page + 1}` : null };
}

function visitOf(api: HostileApi, request: SeenRequest, response: ServerResponse, times: number): Visit {
  return {
    request,
    response,
    page: Number(request.url.searchParams.get("page") ?? 1),
    times,
    api,
    send(body, headers = {}, status = 200) {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body);
    },
    raw(head, body = "") {
      const socket = socketOf(response);
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
      socket.write(body);
      return socket;
    },
    drip(text, into = "answer") {
      const target = into === "answer" ? response : socketOf(response);
      target.on("error", () => undefined); // The client hangs up: that is the point.
      target.write(text);
      const timer = setInterval(() => target.write(text), DRIP_MS);
      api.until(() => clearInterval(timer));
    },
  };
}

/** A response that is being answered has its socket. */
function socketOf({ socket }: ServerResponse): Socket {
  if (socket === null) throw new Error("the connection is gone");
  return socket;
}
