import { restApiSource, type Source } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

interface Api {
  /** Tokens are good for one session only: those of an earlier one are answered with `refusal`. */
  session: number;
  refusal: number;
  /** Path and page that fail with 500. */
  broken: string | undefined;
}

/** Three pages of two parents, two pages of kids for each, a list beside them; page tokens look like `<session>-<page>`. */
async function tokenApi(api: Api): Promise<LocalServer> {
  return localServer(({ url }, response) => {
    const [session = String(api.session), page = "1"] = url.searchParams.get("token")?.split("-") ?? [];
    if (Number(session) !== api.session) return sendJson(response, { error: "token expired" }, api.refusal);
    if (api.broken === `${url.pathname} ${page}`) return sendJson(response, { error: "broken" }, 501);
    const number = Number(page);
    const parent = /^\/parents\/(\d+)\/kids$/.exec(url.pathname)?.[1];
    const last = parent === undefined ? 3 : 2;
    sendJson(response, {
      data:
        parent === undefined
          ? [{ id: number * 2 - 1 }, { id: number * 2 }]
          : [{ kid: `${parent}-${number}`, tags: [number] }],
      next: number < last ? `${api.session}-${number + 1}` : null,
    });
  });
}

const family = (baseUrl: string): Source =>
  restApiSource(
    {
      client: { baseUrl, paginator: { type: "cursor", cursorPath: "next", cursorParam: "token" }, maxAttempts: 1 },
      resourceDefaults: { endpoint: { dataSelector: "data" } },
      resources: [
        "parents",
        { name: "kids", endpoint: { path: "parents/{resources.parents.id}/kids" }, includeFromParent: ["id"] },
        "others",
      ],
    },
    { name: "family" },
  );

const KIDS = [1, 2, 3, 4, 5, 6].flatMap((id) => [`${id}-1`, `${id}-2`]);

describe("a page token that expired while the run was interrupted", () => {
  it.each([410, 400, 404])("starts its resource again, says so, and repeats no row (HTTP %i)", async (refusal) => {
    await using scene = await pipelineScene();
    const state: Api = { session: 1, refusal, broken: "/others 3" };
    await using api = await tokenApi(state);
    await expect(scene.pipeline.run(family(api.url))).rejects.toThrow("501");
    Object.assign(state, { session: 2, broken: undefined });

    const notices: string[] = [];
    const info = await scene.again().run(family(api.url), {
      progress: (event) => event.type === "notice" && notices.push(event.message),
    });
    expect(info.resumed).toBe(true);
    const { warnings } = info;
    expect(warnings.filter(({ code }) => code === "restarted").map(({ resource }) => resource)).toContain("others");
    expect(notices.join()).toContain('"others" was read again from its first page');
    expect(await scene.values("select id from others order by id")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await scene.values("select id from parents order by id")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await scene.values("select kid from kids order by kid")).toEqual(KIDS);
    expect(info.tables).toMatchObject({ others: 6, parents: 6, kids: 12, kids__tags: 12 });
  });

  it("starts a child again for all parents, whose own pages are not read again, and survives another interruption", async () => {
    await using scene = await pipelineScene();
    const state: Api = { session: 1, refusal: 410, broken: "/parents/6/kids 2" };
    await using api = await tokenApi(state);
    const oneByOne = scene.again({ concurrency: 1 }); // So that all before the broken page is committed.
    await expect(oneByOne.run(family(api.url))).rejects.toThrow("501");
    expect(await scene.pipeline.pending()).toMatchObject([{ state: "interrupted" }]);

    Object.assign(state, { session: 2, broken: "/parents/5/kids 2" });
    const before = api.seen.length;
    await expect(oneByOne.run(family(api.url))).rejects.toThrow("501");
    const paths = api.seen.slice(before).map(({ target }) => target);
    expect(paths).toContain("/parents/1/kids");
    expect(paths.filter((path) => path.startsWith("/parents?") || path === "/parents")).toEqual([]);

    state.broken = undefined;
    const again = api.seen.length;
    const info = await oneByOne.run(family(api.url));
    expect(info.warnings.map(({ code, resource }) => `${code} ${resource}`)).toEqual(["restarted kids"]);
    expect(info.tables).toMatchObject({ parents: 6, kids: 12, kids__tags: 12 });
    expect(await scene.values("select kid from kids order by kid")).toEqual(KIDS);
    expect(api.seen.slice(again).map(({ target }) => target)).not.toContain("/parents/1/kids");
  });

  it("is not assumed when the credentials are refused", async () => {
    await using scene = await pipelineScene();
    const state: Api = { session: 1, refusal: 401, broken: "/others 3" };
    await using api = await tokenApi(state);
    await expect(scene.pipeline.run(family(api.url))).rejects.toThrow("501");
    Object.assign(state, { session: 2, broken: undefined });
    await expect(scene.again().run(family(api.url))).rejects.toThrow("401");
    state.session = 1; // The old credential is good again: nothing was thrown away.
    const before = api.seen.length;
    const info = await scene.again().run(family(api.url));
    expect(info.tables).toMatchObject({ others: 6, parents: 6, kids: 12 });
    expect(api.seen.slice(before).map(({ target }) => target)).not.toContain("/others");
  });
});
