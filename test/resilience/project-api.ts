import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Hour `n` of 2024, as the API writes timestamps. */
const hour = (n: number): string => new Date(Date.UTC(2024, 0, 1) + n * 3_600_000).toISOString().replace(".000Z", "Z");

const PROJECTS = 20;
const EVENTS_PER_PROJECT = 7;
const CHANGES = 60;
const ENTRIES = 50;

interface Paged {
  readonly rows: readonly object[];
  readonly size: number;
}

/**
 * An API with a paged parent, paged children for each of its rows, a paged list with a cursor, a numbered list whose total
 * is too large (pages beyond its end do not exist), and lists to be replaced, kept as history, and read by a generator.
 * Version 2 has more of most, and less of some. Answers after 0–3 ms, so that requests overtake each other.
 */
export class ProjectApi {
  version: 1 | 2 = 1;
  requests = 0;
  /** Called with the number of each request before it is answered. */
  onRequest: (count: number) => void = () => undefined;
  /** True: the request of that number is not answered, ever. */
  hold: (count: number) => boolean = () => false;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.requests += 1;
      this.onRequest(this.requests);
      if (this.hold(this.requests)) return;
      const url = new URL(request.url ?? "/", "http://x");
      const { rows, size } = this.route(url);
      const page = Number(url.searchParams.get("page") ?? 1);
      const slice = rows.slice((page - 1) * size, page * size);
      url.searchParams.set("page", String(page + 1));
      const next = page * size < rows.length ? `${url.pathname}${url.search}` : null;
      const pages = Math.ceil(rows.length / size);
      const status = url.pathname === "/entries" && page > pages + 1 ? 404 : 200;
      setTimeout(
        () => {
          const body = JSON.stringify({ data: slice, next, pages: pages + 9 });
          response.writeHead(status, { "content-type": "application/json" }).end(body);
        },
        (this.requests * 7) % 4,
      );
    });
  }

  static async start(): Promise<ProjectApi> {
    const api = new ProjectApi();
    await new Promise<void>((resolve) => {
      api.server.listen(0, "127.0.0.1", resolve);
    });
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private route(url: URL): Paged {
    const since = url.searchParams.get("since") ?? "";
    const project = /^\/projects\/(\d+)\/events$/.exec(url.pathname);
    if (project !== null) return { rows: this.events(Number(project[1])).filter((row) => row.at >= since), size: 3 };
    if (url.pathname === "/prices") return { rows: this.prices(), size: 6 };
    if (url.pathname === "/people") return { rows: this.people(), size: 10 };
    if (url.pathname === "/notes") return { rows: this.notes(), size: 9 };
    if (url.pathname === "/changes") return { rows: this.changes().filter((row) => row.changed_at >= since), size: 4 };
    if (url.pathname === "/entries") return { rows: this.entries(), size: 3 };
    return { rows: this.projects(), size: 5 };
  }

  private projects(): object[] {
    return Array.from({ length: PROJECTS + (this.version - 1) * 3 }, (_, i) => ({
      id: i + 1,
      name: `project ${i + 1}${this.version === 2 && i % 4 === 0 ? " renamed" : ""}`,
      tags: ["a", `t${i}`].slice(0, i % 3),
    }));
  }

  private events(project: number): { at: string }[] {
    return Array.from({ length: EVENTS_PER_PROJECT + (this.version - 1) * 2 }, (_, i) => ({
      id: `${project}-${i}`,
      at: hour(i * 100 + project),
      size: i % 3 === 0 ? i : i + 0.5,
      who: { name: `user ${i % 5}` },
      parts: Array.from({ length: i % 3 }, (_p, k) => ({ k })),
    }));
  }

  private entries(): object[] {
    return Array.from({ length: ENTRIES + (this.version - 1) * 7 }, (_, i) => ({ entry: i, text: `entry ${i}` }));
  }

  /** Version 2 has one fewer, and others. */
  private prices(): object[] {
    return Array.from({ length: 25 - this.version }, (_, i) => ({
      item: `item ${i * this.version}`,
      tiers: Array.from({ length: i % 3 }, (_t, k) => ({ from: k * 10, price: 100 - k - this.version })),
    }));
  }

  /** In version 2 some have moved, one has left, two are new. */
  private people(): object[] {
    return Array.from({ length: 30 + (this.version - 1) * 2 }, (_, i) => ({
      id: i,
      city: `city ${this.version === 2 && i % 7 === 0 ? i + 100 : i}`,
    })).filter(({ id }) => this.version === 1 || id !== 5);
  }

  private notes(): object[] {
    return Array.from({ length: 30 }, (_, i) => ({
      n: i,
      text: `note ${i} of version ${this.version}`,
      words: ["a", "b"].slice(i % 3),
    }));
  }

  private changes(): { changed_at: string }[] {
    return Array.from({ length: CHANGES + (this.version - 1) * 11 }, (_, i) => ({
      n: i,
      changed_at: hour(i),
      note: i % 4 === 0 ? null : `note ${i}`,
      ...(this.version === 2 && i % 9 === 0 ? { rating: i } : {}),
    }));
  }
}
