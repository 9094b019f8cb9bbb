import type { ServerResponse } from "node:http";
import { type LoadInfo, restApiSourceFrom } from "sluice";
import { type LocalServer, localServer, type SeenRequest, sendJson } from "../../src/rest/testing/local-server.js";
import { type PipelineScene, pipelineScene } from "../support/pipeline-scene.js";

type Answer = (request: SeenRequest, response: ServerResponse) => unknown;

/** An API and a pipeline that reads it; `await using` closes both. */
export interface ApiScene extends AsyncDisposable, Pick<PipelineScene, "rows" | "values"> {
  readonly server: LocalServer;
  /** Runs a config; `client` gets the address of the API, and one attempt per request. */
  load(config: Readonly<Record<string, unknown>>): Promise<LoadInfo>;
  /** Requests so far that `path` begins with, in the order of their texts: method, path and query, body. */
  asked(path?: string): string[];
}

/** The value that `answer` returns is sent as JSON; undefined: it has answered by itself. */
export async function apiScene(answer: Answer): Promise<ApiScene> {
  const server = await localServer((request, response) => {
    const body = answer(request, response);
    if (body !== undefined) sendJson(response, body);
  });
  const scene = await pipelineScene();
  return {
    server,
    rows: (table) => scene.rows(table),
    values: (sql) => scene.values(sql),
    load: ({ client, ...config }) =>
      scene.pipeline.run(
        restApiSourceFrom({
          ...config,
          client: { baseUrl: `${server.url}/v1/`, maxAttempts: 1, backoffFactor: 0, ...(client as object | undefined) },
        }),
      ),
    asked: (path = "/") =>
      server.seen
        .filter(({ target }) => target.startsWith(path))
        .map(({ method, target, body }) => [method, target, body].filter((part) => part !== "").join(" "))
        .sort(),
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
