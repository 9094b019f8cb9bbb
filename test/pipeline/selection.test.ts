import { duckdb, pipeline, restApiSource, type Source } from "sluice";
import { describe, expect, it } from "vitest";
import { localServer, type LocalServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

const api = (): Promise<LocalServer> =>
  localServer(({ url }, response) => {
    const id = /\/(\d)$/.exec(url.pathname)?.[1];
    if (url.pathname.startsWith("/comments/")) return sendJson(response, [{ comment: `on ${id}` }]);
    if (id !== undefined) return sendJson(response, { id: Number(id), tags: [{ t: 1 }, { t: 2 }] });
    sendJson(
      response,
      [1, 2].map((n) => ({ id: n })),
    );
  });

const source = (baseUrl: string): Source =>
  restApiSource({
    client: { baseUrl, paginator: "single_page" },
    resources: [
      { name: "issues", endpoint: { path: "issues", incremental: { cursorPath: "id", initialValue: 0 } } },
      { name: "comments", endpoint: "comments/{resources.issues.id}" },
    ],
  });

describe("a part of the resources", () => {
  it("does not move the cursor of a parent that was only read for its children", async () => {
    await using scene = await pipelineScene();
    await using server = await api();
    expect((await scene.pipeline.run(source(server.url).withResources("comments"))).tables).toEqual({ comments: 2 });
    expect((await scene.pipeline.run(source(server.url))).tables).toEqual({ issues: 2, comments: 2 });
  });

  it("warns when the cursor passes rows whose children were left out", async () => {
    await using scene = await pipelineScene();
    await using server = await api();
    const info = await scene.pipeline.run(source(server.url).withResources("issues"));
    expect(info.warnings).toMatchObject([{ code: "child-left-out", resource: "comments" }]);
  });
});

describe("a path that names one thing", () => {
  it("is one row, also when one page is asked for", async () => {
    await using scene = await pipelineScene();
    await using server = await api();
    const things = restApiSource({
      client: { baseUrl: server.url },
      resources: [
        { name: "issues", endpoint: { path: "issues" } },
        { name: "things", endpoint: { path: "things/{resources.issues.id}", paginator: "single_page" } },
      ],
    });
    await scene.pipeline.run(things);
    expect(await scene.rows("things")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await scene.values("select count(*) from things__tags")).toEqual([4]);
  });
});

describe("a paginator that does not fit", () => {
  it("is told when the first page announces another", async () => {
    await using scene = await pipelineScene();
    await using server = await localServer(({ url }, response) => {
      const link = url.pathname === "/linked" ? { link: '</linked?page=2>; rel="next"' } : {};
      sendJson(response, { data: [{ id: 1 }], next: url.pathname === "/bodied" ? "/bodied?page=2" : null }, 200, link);
    });
    const wrong = restApiSource({
      client: { baseUrl: server.url, paginator: { type: "json_link", nextUrlPath: "paging.next" } },
      resources: ["linked", "bodied", "single"],
    });
    const { warnings } = await scene.pipeline.run(wrong);
    expect(warnings.map(({ code, message, resource }) => [code, resource, /type: "\w+"/.exec(message)?.[0]])).toEqual([
      ["next-page-overlooked", "linked", 'type: "header_link"'],
      ["next-page-overlooked", "bodied", 'type: "json_link"'],
    ]);
  });
});

describe("options", () => {
  it("may be spelt as in dlt", async () => {
    await using scene = await pipelineScene();
    const snake = pipeline({
      pipeline_name: "scene",
      destination: duckdb(`${scene.directory}/scene.duckdb`),
      dataset_name: "data",
      pipelines_dir: `${scene.directory}/pipelines`,
    });
    await snake.run([{ id: 1 }], { table_name: "t", write_disposition: "replace" });
    expect(await scene.rows("t")).toEqual([{ id: 1 }]);
  });

  it("are not ignored when misspelt", async () => {
    const options = { pipelineName: "p", destination: "duckdb", dataset: "d" };
    expect(() => pipeline(options)).toThrow(/no option "dataset".*datasetName/s);
    await expect(
      pipeline({ pipelineName: "p", destination: "duckdb" }).run([], { tablename: "t" } as object),
    ).rejects.toThrow(/did you mean "tableName"/);
  });
});
