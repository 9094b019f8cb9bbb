import { describe, expect, it } from "vitest";
import { RestClient } from "./rest-client.js";
import { localServer, sendJson } from "./testing/local-server.js";

describe("rate limits", () => {
  it("keep to a declared pace, shared by all clients of the origin", async () => {
    const arrivals: number[] = [];
    await using server = await localServer((_, response) => {
      arrivals.push(performance.now());
      sendJson(response, []);
    });
    await new RestClient({ baseUrl: server.url }).get(""); // The first request of a process loads the HTTP library.
    arrivals.length = 0;
    const options = { baseUrl: server.url, rateLimit: { requests: 3, seconds: 0.3 } };
    const [one, two] = [new RestClient(options), new RestClient(options)];
    const waits: string[] = [];
    const onWait = (reason: string): number => waits.push(reason);
    await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : two).get("", { onWait })));
    arrivals.sort((a, b) => a - b);
    // Arrival times jitter by some milliseconds, the pace itself does not.
    for (let i = 3; i < arrivals.length; i += 1)
      expect((arrivals[i] ?? 0) - (arrivals[i - 3] ?? 0)).toBeGreaterThan(250);
    expect(waits).toEqual(Array.from({ length: 5 }, () => "rate-limit"));
  });

  it("stop all requests to an origin while one was told to wait", async () => {
    let refusedAt = 0;
    const arrivals: number[] = [];
    await using server = await localServer((request, response) => {
      if (request.url.pathname === "/first" && refusedAt === 0) {
        refusedAt = performance.now();
        return sendJson(response, {}, 429, { "retry-after": "0.4" });
      }
      arrivals.push(performance.now());
      return sendJson(response, []);
    });
    const api = new RestClient({ baseUrl: server.url });
    const first = api.get("first", { onWait: () => others() });
    const running: Promise<unknown>[] = [];
    const others = (): void => void running.push(api.get("second"));
    await first;
    await Promise.all(running);
    expect(arrivals).toHaveLength(2);
    for (const at of arrivals) expect(at - refusedAt).toBeGreaterThan(380);
  });

  it.each<[string, Record<string, string>]>([
    ["seconds", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0.3" }],
    ["epoch milliseconds", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "EPOCH_MS" }],
    ["the structured field", { ratelimit: '"default";r=0;t=1' }],
    ["the older field", { ratelimit: "limit=10, remaining=0, reset=1" }],
  ])("wait for the window that the headers announce as used up: %s", async (_, headers) => {
    await using server = await localServer((_request, response) =>
      sendJson(
        response,
        [],
        200,
        Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, value.replace("EPOCH_MS", String(Date.now() + 300))]),
        ),
      ),
    );
    const api = new RestClient({ baseUrl: server.url });
    await api.get();
    const waits: number[] = [];
    await api.get("", { onWait: (_reason, ms) => waits.push(ms) });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(100);
  });

  it.each<[string, Record<string, string>]>([
    ["something is left", { "x-ratelimit-remaining": "5", "x-ratelimit-reset": "60" }],
    ["the reset is days away", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "200000" }],
    ["the reset is past", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000" }],
    ["there is no reset", { "x-ratelimit-remaining": "0" }],
  ])("do not wait when %s", async (_, headers) => {
    await using server = await localServer((_request, response) => sendJson(response, [], 200, headers));
    const api = new RestClient({ baseUrl: server.url });
    const waits: number[] = [];
    for (let i = 0; i < 3; i += 1) await api.get("", { onWait: (_reason, ms) => waits.push(ms) });
    expect(waits).toEqual([]);
  });

  it("take a 403 with an exhausted limit for what it is", async () => {
    let calls = 0;
    await using server = await localServer((_, response) => {
      calls += 1;
      if (calls === 1) sendJson(response, {}, 403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0.3" });
      else sendJson(response, []);
    });
    const response = await new RestClient({ baseUrl: server.url, backoffFactor: 0 }).get();
    expect(response.status).toBe(200);
  });

  it("refuse a limit that makes no sense", () => {
    expect(() => new RestClient({ baseUrl: "https://x", rateLimit: { requests: 0, seconds: 1 } })).toThrow(
      /rateLimit is/,
    );
  });
});
