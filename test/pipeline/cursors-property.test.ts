import * as fc from "fast-check";
import { restApiSource, type Source } from "sluice";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

interface Row {
  readonly id: number;
  readonly board: string;
  at: string;
  version: number;
}

/** What happens between two runs, and how the run goes. */
interface Step {
  /** Days by which the clock of the API goes on before its rows change. */
  readonly days: number;
  readonly added: number;
  /** Rows (by position, as far as there are so many) that get a new version. */
  readonly changed: readonly number[];
  readonly limit: number | undefined;
  /** The request of this run that fails; later ones fail as well. */
  readonly failing: number | undefined;
}

interface History {
  readonly family: boolean;
  readonly disposition: "merge" | "append";
  readonly window: string | undefined;
  readonly rowOrder: "asc" | undefined;
  readonly lag: number | undefined;
  readonly rangeStart: "closed" | "open";
  readonly onError: "fail" | "skip";
  readonly format: "iso" | "date" | undefined;
  readonly steps: readonly Step[];
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq });
const histories: fc.Arbitrary<History> = fc.record({
  family: fc.boolean(),
  disposition: fc.constantFrom("merge", "append"),
  window: maybe(fc.constantFrom("P1Y", "P7M", "P200D")),
  rowOrder: maybe(fc.constant("asc" as const)),
  lag: maybe(fc.constant(3 * 86_400), 1),
  rangeStart: fc.constantFrom("closed", "closed", "closed", "open"),
  onError: fc.constantFrom("fail", "skip"),
  format: maybe(fc.constantFrom("iso", "date")),
  steps: fc.array(
    fc.record({
      days: fc.nat(400),
      added: fc.nat(5),
      changed: fc.array(fc.nat(12), { maxLength: 3 }),
      limit: maybe(fc.integer({ min: 1, max: 3 }), 1),
      failing: maybe(fc.integer({ min: 1, max: 8 }), 1),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

const BOARDS = ["x", "y", "z"] as const;
const START = Date.UTC(2023, 0, 1);

/** An API whose lists go on behind the last row that was seen, so that changes between two pages lose none. */
class ChangingApi {
  readonly rows: Row[] = [];
  requests = 0;
  failing: number | undefined;
  now = START;

  change(step: Step, mayRepeatTime: boolean): void {
    // A row that changes at the very time at which it was read cannot be told from the one that was read.
    this.now += Math.max(step.days, step.changed.length > 0 || !mayRepeatTime ? 1 : 0) * 86_400_000;
    const at = new Date(this.now).toISOString().replace(".000Z", "Z");
    for (const position of new Set(step.changed)) {
      const row = this.rows[position];
      if (row !== undefined) Object.assign(row, { at, version: row.version + 1 });
    }
    for (let i = 0; i < step.added; i++) {
      const id = this.rows.length;
      this.rows.push({ id, board: BOARDS[id % 3] ?? "x", at, version: 1 });
    }
  }

  async listen(): Promise<LocalServer> {
    return localServer(({ url }, response) => {
      if (url.pathname === "/boards") return sendJson(response, BOARDS.map((id) => ({ id }))); // prettier-ignore
      this.requests += 1;
      if (this.failing !== undefined && this.requests >= this.failing)
        return sendJson(response, { error: "gone" }, 410);
      const board = /^\/boards\/(\w)\//.exec(url.pathname)?.[1];
      const { since = "", until = "9999", after = "" } = Object.fromEntries(url.searchParams);
      const data = this.rows
        .filter((row) => (board === undefined || row.board === board) && row.at >= since && row.at < until)
        .filter((row) => keyOf(row) > after)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const last = data[2];
      sendJson(response, {
        data: data.slice(0, 3),
        next: data.length > 3 && last !== undefined ? keyOf(last) : null,
      });
    });
  }
}

function keyOf({ at, id }: Row): string {
  return `${at} ${String(id).padStart(4, "0")}`;
}

function sourceOf(api: LocalServer, history: History, limit: number | undefined): Source {
  const { family, disposition, window, rowOrder, lag, rangeStart, onError, format } = history;
  return restApiSource({
    client: { baseUrl: api.url, maxAttempts: 1 },
    resources: [
      { name: "boards", writeDisposition: "replace", endpoint: { path: "boards", paginator: "single_page" } },
      {
        name: "rows",
        primaryKey: "id",
        writeDisposition: disposition,
        onError,
        limit: limit ?? null,
        endpoint: {
          path: family ? "boards/{resources.boards.id}/rows" : "rows",
          params: { since: "{incremental.start_value}", until: "{incremental.end_value}" },
          dataSelector: "data",
          paginator: { type: "cursor", cursorPath: "next", cursorParam: "after" },
          incremental: {
            cursorPath: "at",
            initialValue: new Date(START).toISOString().replace(".000Z", "Z"),
            cursorScope: family ? "parent" : null,
            window: window ?? null,
            rowOrder: rowOrder ?? null,
            lag: lag ?? null,
            format: format ?? null,
            rangeStart,
          },
        },
      },
    ],
  });
}

// Windows end now, so the runs have to live in the time of the API.
beforeAll(() => vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true }));
afterAll(() => vi.useRealTimers());

it("lose nothing and repeat nothing, whatever changes, is limited or fails", { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await using scene = await pipelineScene();
      vi.setSystemTime(START);
      const api = new ChangingApi();
      await using server = await api.listen();
      const run = async (limit: number | undefined): Promise<boolean> => {
        vi.setSystemTime(Math.max(Date.now(), api.now) + 1000);
        const info = await scene.pipeline.run(sourceOf(server, history, limit));
        return info.resumed;
      };
      for (const step of history.steps) {
        api.change(step, history.rangeStart === "closed");
        Object.assign(api, { requests: 0, failing: step.failing });
        await run(step.limit).catch((error: unknown) => expect(String(error)).toContain("410"));
      }
      api.failing = undefined;
      while (await run(undefined)); // A run that goes on has the bounds of the one that was interrupted.
      const wanted = api.rows.map(({ id, version }) => ({ id, version }));
      if (wanted.length === 0) return;
      const latest = "select id, max(version) as version from rows group by id order by id";
      const plain = (rows: readonly Record<string, unknown>[]): unknown[] =>
        rows.map(({ id, version }) => ({ id: Number(id), version: Number(version) }));
      expect(plain(await scene.pipeline.dataset().sql(latest).toArray())).toEqual(wanted);
      const isExact =
        history.lag === undefined &&
        history.steps.every(
          ({ limit, failing }) => limit === undefined && (failing === undefined || history.onError === "fail"),
        );
      if (history.disposition === "append" && !isExact) return;
      const repeated = history.disposition === "merge" ? "id" : "id, version";
      expect(await scene.values(`select id from rows group by ${repeated} having count(*) > 1`)).toEqual([]);
    }),
    { numRuns: Number(process.env["SLUICE_PROPERTY_RUNS"] ?? 8) },
  );
});
