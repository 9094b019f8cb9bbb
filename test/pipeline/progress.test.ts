import { type ProgressEvent, restApiSource } from "sluice";
import { expect, it } from "vitest";
import { localServer, sendJson } from "../../src/rest/testing/local-server.js";
import { pipelineScene } from "../support/pipeline-scene.js";

it("tells of a request that is not answered, and until when it waits, without its secrets", async () => {
  await using scene = await pipelineScene();
  const told: Extract<ProgressEvent, { type: "unanswered" }>[] = [];
  let answer = (): void => undefined;
  // It answers when it has been told of twice.
  await using server = await localServer((_, response) => {
    answer = () => sendJson(response, [{ id: 1 }]);
  });
  const source = restApiSource({
    client: { baseUrl: server.url, timeout: 2 },
    resources: [{ name: "slow", endpoint: "slow?token=hush-hush" }],
  });
  const { tables } = await scene
    .again({
      progress: (event) => {
        if (event.type !== "unanswered") return;
        told.push(event);
        if (told.length === 2) answer();
      },
    })
    .run(source);
  expect(tables).toEqual({ slow: 1 });
  expect(told).toHaveLength(2);
  for (const [i, { resource, ms, detail }] of told.entries()) {
    expect([resource, detail]).toEqual(["slow", `GET ${server.url}/slow?token=***`]);
    // Half of the timeout, and twice as long.
    expect(ms).toBeGreaterThan(900 * (i + 1));
  }
});
