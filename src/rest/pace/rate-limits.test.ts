import { describe, expect, it } from "vitest";
import { RestClient } from "../rest-client.js";
import { limitedApi } from "../testing/limited-api.js";
import { localServer, sendJson } from "../testing/local-server.js";

describe("rate limits", () => {
  it("keep to a declared pace, shared by all clients of the origin", async () => {
    await using api = await limitedApi();
    const options = { baseUrl: api.url, rateLimit: { requests: 3, per: 0.4 } };
    const [one, two] = [new RestClient(options), new RestClient(options)];
    const waits: string[] = [];
    const onWait = (reason: string, _ms: number, detail: string): number => waits.push(`${reason}: ${detail}`);
    await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : two).get("", { onWait })));
    expect(api.mostWithin(400)).toBe(3);
    expect(waits).toEqual(Array.from({ length: 5 }, () => `rate-limit: declared limit (3 per 0.4 s) of ${api.url}`));
  });

  it("hold several windows and a concurrency at once", async () => {
    await using api = await limitedApi();
    const client = new RestClient({
      baseUrl: api.url,
      rateLimit: [
        { requests: 2, per: 0.2, concurrency: 1 },
        { requests: 4, seconds: 0.9 },
      ],
    });
    await Promise.all(Array.from({ length: 9 }, () => client.get()));
    expect(api.mostWithin(200)).toBe(2);
    expect(api.mostWithin(900)).toBe(4);
    expect(api.mostInFlight()).toBe(1);
  });

  it("keep the order in which requests were made", async () => {
    await using api = await limitedApi();
    const client = new RestClient({ baseUrl: api.url, rateLimit: { concurrency: 1 } });
    const names = Array.from({ length: 20 }, (_, i) => `/${i}`);
    await Promise.all(names.map((name) => client.get(name)));
    expect(api.seen.map(({ target }) => target)).toEqual(names);
  });

  it("are kept to by any number of requests at once", async () => {
    await using server = await localServer((_, response) => sendJson(response, []));
    const client = new RestClient({ baseUrl: server.url, rateLimit: { concurrency: 20 } });
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.get(`/${i}`)));
    expect(answers.map(({ url }) => url)).toEqual(Array.from({ length: 1000 }, (_, i) => `${server.url}/${i}`));
    expect(server.seen).toHaveLength(1000);
  });

  it("hold for those who declare none, from when one of the process declares them", async () => {
    await using api = await limitedApi();
    const limited = new RestClient({ baseUrl: api.url, rateLimit: { requests: 3, per: 0.5 } });
    const free = new RestClient({ baseUrl: api.url });
    await limited.get("limited");
    await Promise.all(Array.from({ length: 7 }, () => free.get("free")));
    expect(api.mostWithin(500)).toBe(3);
    const other = new RestClient({ baseUrl: api.url, rateLimit: [{ requests: 2, per: 0.5 }, { concurrency: 1 }] });
    await Promise.all([other.get("other"), free.get("both"), free.get("both"), limited.get("both")]);
    expect(api.mostWithin(500, "/both")).toBeLessThanOrEqual(2);
  });

  it("report waits for a concurrency, of which nobody knows how long they take", async () => {
    await using api = await limitedApi();
    const client = new RestClient({ baseUrl: api.url, rateLimit: { concurrency: 2 } });
    const waits: unknown[] = [];
    const onWait = (...wait: unknown[]): number => waits.push(wait);
    await Promise.all(Array.from({ length: 4 }, () => client.get("", { onWait })));
    expect(waits).toEqual([1, 2].map(() => ["rate-limit", 0, `declared limit (2 at the same time) of ${api.url}`]));
  });

  it("are told again when another one takes longer", async () => {
    await using api = await limitedApi();
    const controller = new AbortController();
    const { signal } = controller;
    const one = new RestClient({ baseUrl: api.url, rateLimit: { concurrency: 1 } });
    const first = one.get();
    const second = one.get();
    const told: unknown[] = [];
    const onWait = (_reason: string, ms: number, detail: string): void => {
      told.push([detail, ms > 1000]);
      if (told.length === 2) controller.abort();
    };
    const third = one.get("", { onWait, signal });
    const slow = new RestClient({ baseUrl: api.url, rateLimit: { requests: 1, per: "hour" } });
    await expect(Promise.all([third, slow.get("", { signal })])).rejects.toMatchObject({ code: "SLUICE_CANCELLED" });
    expect(told).toEqual([
      [`declared limit (1 at the same time) of ${api.url}`, false],
      [`declared limit (1 per hour) of ${api.url}`, true],
    ]);
    await Promise.all([first, second]);
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

  it.concurrent.each<[string, Record<string, string>]>([
    ["seconds", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0.3" }],
    ["epoch milliseconds", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "EPOCH_MS" }],
    ["the structured field", { ratelimit: '"default";r=0;t=1' }],
    ["the older field", { ratelimit: "limit=10, remaining=0, reset=1" }],
    ["one of several policies", { ratelimit: '"burst";r=5;t=1, "minute";r=0;t=1' }],
    ["a span", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "0m0.2s100ms" }],
    ["a date", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "ISO_DATE" }],
  ])("wait for the window that the headers announce as used up: %s", async (_, headers) => {
    await using server = await localServer((_request, response) =>
      sendJson(
        response,
        [],
        200,
        Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            name,
            value
              .replace("EPOCH_MS", String(Date.now() + 300))
              .replace("ISO_DATE", new Date(Date.now() + 300).toISOString()),
          ]),
        ),
      ),
    );
    const api = new RestClient({ baseUrl: server.url });
    await api.get();
    const waits: number[] = [];
    const details: string[] = [];
    await api.get("", { onWait: (_reason, ms, detail) => [waits.push(ms), details.push(detail)] });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(100);
    if (headers["ratelimit"] !== undefined)
      expect(details).toEqual([`rate limit of ${server.url} (ratelimit: ${headers["ratelimit"]})`]);
  });

  it("are not run into where every answer says how much is left of it", async () => {
    let used = 0;
    let endsAt = 0;
    let refused = 0;
    await using server = await localServer((_, response) => {
      const now = performance.now();
      if (now >= endsAt) [used, endsAt] = [0, now + 400];
      used += 1;
      if (used > 5) refused += 1;
      const left = { "x-ratelimit-remaining": String(Math.max(0, 5 - used)) };
      const reset = { "x-ratelimit-reset": String((endsAt - now) / 1000) };
      sendJson(response, [], used > 5 ? 429 : 200, { ...left, ...reset });
    });
    const client = new RestClient({ baseUrl: server.url });
    await client.get();
    await Promise.all(Array.from({ length: 19 }, () => client.get()));
    expect(refused).toBe(0);
    expect(server.seen).toHaveLength(20);
  });

  it.concurrent.each<[string, Record<string, string>]>([
    ["something is left", { "x-ratelimit-remaining": "5", "x-ratelimit-reset": "60" }],
    ["the reset is days away", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "200000" }],
    ["the reset is past", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000000" }],
    ["the reset is hours away", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1h0m1s" }],
    ["there is no reset", { "x-ratelimit-remaining": "0" }],
  ])("do not wait when %s", async (_, headers) => {
    await using server = await localServer((_request, response) => sendJson(response, [], 200, headers));
    const api = new RestClient({ baseUrl: server.url });
    const waits: number[] = [];
    for (let i = 0; i < 3; i += 1) await api.get("", { onWait: (_reason, ms) => waits.push(ms) });
    expect(waits).toEqual([]);
  });

  it.concurrent.each<[string, Record<string, string>]>([
    ["a reset", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0.3" }],
    ["no reset", { "x-ratelimit-remaining": "0" }],
    [
      "a reset that has passed",
      { "ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "1700000000" },
    ],
    ["the structured field", { ratelimit: '"default";r=0' }],
    ["less than nothing left", { "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "0.3" }],
    ["headers that came twice", { "x-ratelimit-remaining": "0, 0", "x-ratelimit-reset": "0.3, 0.3" }],
  ])("take a 403 with an exhausted limit for what it is: %s", async (_, headers) => {
    let calls = 0;
    await using server = await localServer((_request, response) => {
      calls += 1;
      if (calls === 1) sendJson(response, {}, 403, headers);
      else sendJson(response, []);
    });
    const waits: number[] = [];
    const client = new RestClient({ baseUrl: server.url, backoffFactor: 0 });
    const response = await client.get("", { onWait: (_reason, ms) => waits.push(ms) });
    expect(response.status).toBe(200);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(249);
  });

  it.concurrent.each<[string, Record<string, string>]>([
    ["something is left", { "x-ratelimit-remaining": "7", "x-ratelimit-reset": "60" }],
    ["there is no limit", { "x-ratelimit-limit": "-1", "x-ratelimit-remaining": "-1" }],
    ["nothing can be read", { "x-ratelimit-remaining": "none", "x-ratelimit-reset": "60" }],
  ])("leave a 403 an error where %s", async (_, headers) => {
    await using server = await localServer((_request, response) => sendJson(response, {}, 403, headers));
    await expect(new RestClient({ baseUrl: server.url }).get()).rejects.toMatchObject({ status: 403 });
    expect(server.seen).toHaveLength(1);
  });
});

describe("refusals", () => {
  it("halve the requests in flight once for a burst, which recover after successes", async () => {
    let capacity = 6;
    await using api = await limitedApi({
      status: (_, inFlight) => (inFlight > capacity ? 429 : 200),
      refusal: { "retry-after": "0" },
    });
    const client = new RestClient({ baseUrl: api.url });
    const later: Promise<unknown>[] = [];
    const onWait = (): void => {
      if (later.length > 0) return;
      // Six were refused and six more are made while all wait; a dozen could go at once.
      capacity = 100;
      api.gather(6);
      expect(api.mostInFlight()).toBe(12);
      for (let i = 0; i < 6; i += 1) later.push(client.get());
    };
    api.gather(12);
    await Promise.all(Array.from({ length: 12 }, () => client.get("", { onWait })));
    await Promise.all(later);
    expect(api.refused).toBe(6);
    expect(api.mostInFlight()).toBe(6);
    // Nobody is answered before all are there: each round has one more than the one before.
    for (let count = 7; count <= 13; count += 1) {
      api.gather(count);
      await Promise.all(Array.from({ length: count }, () => client.get()));
      expect(api.mostInFlight()).toBe(count);
    }
  });

  it("never go below one request at a time, and cost no attempts", async () => {
    let refusals = 3;
    await using api = await limitedApi({
      status: () => (refusals-- > 0 ? 429 : 200),
      refusal: { "retry-after": "0.01" },
    });
    const client = new RestClient({ baseUrl: api.url, maxAttempts: 1 });
    const waits: string[] = [];
    const onWait = (reason: string, _ms: number, detail: string): number => waits.push(`${reason}: ${detail}`);
    const answers = await Promise.all([client.get("", { onWait }), client.get("", { onWait }), client.get()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(api.seen).toHaveLength(6);
    expect(waits[0]).toBe(`throttled: rate limit of ${api.url} (HTTP 429, Retry-After: 0.01)`);
  });

  it.concurrent.each(["0", "-5", "soon", "Wed, 01 May 2024 12:00:00 GMT", ""])(
    "do not make a hot loop of Retry-After: %j",
    async (header) => {
      let refusals = header === "0" ? 2 : 1;
      await using api = await limitedApi({
        status: () => (refusals-- > 0 ? 429 : 200),
        refusal: { "retry-after": header },
      });
      const waits: number[] = [];
      const client = new RestClient({ baseUrl: api.url, backoffFactor: 0 });
      await client.get("", { onWait: (_reason, ms) => waits.push(ms) });
      expect(waits).toHaveLength(header === "0" ? 2 : 1);
      for (const [i, ms] of waits.entries()) expect(ms).toBeGreaterThanOrEqual(250 * 2 ** i - 1);
    },
  );

  it("name the header that asks for more than can be waited", async () => {
    await using api = await limitedApi({ status: () => 429, refusal: { "retry-after": "31536000" } });
    await expect(new RestClient({ baseUrl: api.url }).get()).rejects.toMatchObject({
      name: "RateLimitError",
      code: "SLUICE_RATE_LIMIT",
      origin: api.url,
      waitedSeconds: 0,
      message: [
        `The rate limit of ${api.url} is used up (HTTP 429, Retry-After: 31536000), and it has to be waited for 31,536,000 s`,
        'The API said: {"status":429}',
        "Run again later: it goes on from the last committed page. One request waits for at most 7,200 s (`maxRateLimitWait`); declare `rateLimit` to stay below the limit.",
      ].join("\n"),
    });
    expect(api.seen).toHaveLength(1);
  });

  it("end with the time that was waited in all", async () => {
    await using api = await limitedApi({ status: () => 429, refusal: { "x-hint": "none" } });
    const client = new RestClient({ base_url: api.url, backoff_factor: 0, max_rate_limit_wait: 0.6 });
    await expect(client.get()).rejects.toThrow(/used up after waiting 0\.[67] s of at most 0\.6 s \(HTTP 429\)/);
    expect(api.seen.length).toBeGreaterThanOrEqual(3);
    await expect(new RestClient({ baseUrl: api.url, maxRateLimitWait: 0 }).get()).rejects.toThrow(
      /used up \(HTTP 429\)/,
    );
  });

  it("are errors for requests that have no patience for a pause that another one has caused", async () => {
    let first = true;
    await using api = await limitedApi({
      status: () => (first ? 429 : 200),
      refusal: { "retry-after": "30" },
    });
    const controller = new AbortController();
    const patient = new RestClient({ baseUrl: api.url });
    const hasty = new RestClient({ baseUrl: api.url, maxRateLimitWait: 1 });
    const errors: unknown[] = [];
    const told = new Promise<void>((resolve) => {
      patient
        .get("", { signal: controller.signal, onWait: () => resolve() })
        .catch((error: unknown) => errors.push(error));
    });
    await told;
    first = false;
    await expect(hasty.get()).rejects.toThrow(/\(HTTP 429, Retry-After: 30\), and it has to be waited for 30/);
    expect(api.seen).toHaveLength(1);
    // Ctrl-C ends a wait at once.
    controller.abort();
    await expect.poll(() => errors).toEqual([expect.objectContaining({ code: "SLUICE_CANCELLED" })]);
  });

  it("can be waited for within a callback that cancels", async () => {
    await using api = await limitedApi({ status: () => 429, refusal: { "retry-after": "30" } });
    const controller = new AbortController();
    const client = new RestClient({ baseUrl: api.url });
    const { signal } = controller;
    const runs = Array.from({ length: 3 }, () => client.get("", { signal, onWait: () => controller.abort() }));
    for (const outcome of await Promise.allSettled(runs))
      expect(outcome).toMatchObject({ reason: { code: "SLUICE_CANCELLED" } });
  });

  it("are left to a response action that is made for them, after the usual attempts", async () => {
    await using api = await limitedApi({ status: () => 429, refusal: { "retry-after": "0" } });
    const client = new RestClient({ baseUrl: api.url, maxAttempts: 2 });
    const pages = client.paginate("", { responseActions: [{ statusCode: 429, action: "ignore" }] });
    expect(await pages.next()).toEqual({ done: true, value: undefined });
    expect(api.seen).toHaveLength(2);
  });

  it("are returned to those who want every status", async () => {
    await using api = await limitedApi({ status: () => 429 });
    const client = new RestClient({ baseUrl: api.url, maxRateLimitWait: 0 });
    expect((await client.get("", { throwHttpErrors: false })).status).toBe(429);
  });
});
