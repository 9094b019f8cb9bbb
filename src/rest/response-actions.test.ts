import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.js";
import { createResponse } from "./response.js";
import { compileResponseActions, type ActionFunction, type ResponseAction } from "./response-actions.js";
import { RestClient } from "./rest-client.js";
import { localServer, sendJson } from "./testing/local-server.js";

const response = (status: number, text = "") =>
  createResponse({ status, headers: {}, url: "https://x", text, bytes: text.length });
const judge = (rules: readonly (ResponseAction | ActionFunction)[], status: number, text = "") =>
  compileResponseActions(rules)(response(status, text)).action;

/** Answers `body` with success instead. */
const rescueWith =
  (body: string): ActionFunction =>
  (failed) =>
    createResponse({ ...failed, status: 200, text: body });

describe("compileResponseActions", () => {
  it.each<[ResponseAction, number, string, string]>([
    [{ statusCode: 404, action: "ignore" }, 404, "", "ignore"],
    [{ statusCode: "404", action: "ignore" }, 404, "", "ignore"],
    [{ statusCode: "4xx", action: "stop" }, 422, "", "stop"],
    [{ statusCode: "5XX", action: "ignore" }, 422, "", "proceed"],
    [{ content: "Not Found", action: "raise" }, 200, "x Not Found y", "raise"],
    [{ content: "not found", action: "raise" }, 200, "x Not Found y", "proceed"],
    [{ statusCode: 200, content: "busy", action: "retry" }, 200, "busy", "retry"],
    [{ statusCode: 200, content: "busy", action: "retry" }, 201, "busy", "proceed"],
    [{ statusCode: "500-503", action: "ignore" }, 503, "", "ignore"],
    [{ statusCode: "500-503", action: "ignore" }, 504, "", "proceed"],
    [{ body: "errors[*]", action: "raise" }, 200, '{"errors":[{"m":1}]}', "raise"],
    [{ body: "errors[*]", action: "raise" }, 200, '{"errors":[]}', "proceed"],
    [{ body: "error", action: "raise" }, 200, '{"error":null}', "proceed"],
    [{ body: { "error.code": "BUSY" }, action: "retry" }, 200, '{"error":{"code":"BUSY"}}', "retry"],
    [{ body: { "error.code": ["BUSY", 7] }, action: "retry" }, 200, '{"error":{"code":7}}', "retry"],
    [{ body: { ok: false, "$.n": null }, action: "stop" }, 200, '{"ok":false,"n":null}', "stop"],
    [{ body: { ok: false, "$.n": null }, action: "stop" }, 200, '{"ok":false}', "proceed"],
    [{ body: (body) => Array.isArray(body), action: "stop" }, 200, "[]", "stop"],
    [{ body: (body) => body === undefined, action: "stop" }, 200, "", "stop"],
    [{ body: () => true, action: "stop" }, 200, "<html>", "proceed"],
    [{ statusCode: 404, body: "gone", action: "stop" }, 410, '{"gone":1}', "proceed"],
  ])("%j for %i %j: %s", (rule, status, text, action) => {
    expect(judge([rule], status, text)).toBe(action);
  });

  it("applies rules in order until one names an action", () => {
    const seen: string[] = [];
    const note =
      (name: string): ActionFunction =>
      () =>
        void seen.push(name);
    const rules = [
      note("a"),
      { statusCode: 404, action: [note("b"), note("c")] },
      { statusCode: 404, action: "ignore" as const },
      note("d"),
    ];
    expect(judge(rules, 404)).toBe("ignore");
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("goes on with the response that a function returns", () => {
    const verdict = compileResponseActions([
      { statusCode: 500, action: rescueWith("[]") },
      { statusCode: 500, action: "stop" },
    ])(response(500));
    expect(verdict).toMatchObject({ action: "proceed", response: { status: 200, text: "[]" } });
  });

  it.each<[unknown, RegExp]>([
    [{ action: "skip" }, /responseActions\[0\]\.action is "skip", which is no action/],
    [{ action: "ignore" }, /responseActions\[0\] has no condition: the action "ignore" would .*give statusCode/s],
    [{ statusCode: undefined, action: "stop" }, /responseActions\[0\] has no condition/],
    [{ statusCode: 404 }, /responseActions\[0\]\.action is undefined/],
    [{ statusCode: "4x", action: "ignore" }, /statusCode is "4x"/],
    [{ statusCode: 99, action: "ignore" }, /statusCode is 99/],
    [{ action: [5] }, /action is \[5\]/],
    [{ statusCode: "504-500", action: "ignore" }, /statusCode is "504-500"/],
    [{ body: {}, action: "ignore" }, /responseActions\[0\]\.body is \{\}/],
    [{ body: "a..[", action: "ignore" }, /"a\.\.\[" is not a valid JSONPath/],
  ])("refuses %j", (rule, message) => {
    const compile = () => compileResponseActions([rule as ResponseAction]);
    expect(compile).toThrow(ConfigError);
    expect(compile).toThrow(message);
  });
});

const read = async (url: string, responseActions: readonly (ResponseAction | ActionFunction)[]) => {
  const pages: unknown[] = [];
  for await (const page of new RestClient({ baseUrl: url, backoffFactor: 0, maxAttempts: 3 }).paginate("", {
    responseActions,
  }))
    pages.push([...page]);
  return pages;
};

const twoPages = (second: number, body: unknown = {}) =>
  localServer((request, response) => {
    if (request.url.search === "") sendJson(response, { data: [1], next: "?page=2" });
    else sendJson(response, body, second);
  });

describe("response actions of a sequence", () => {
  it("are no async functions: their promises would be lost, and their errors end the process", async () => {
    await using server = await localServer((_, response) => sendJson(response, [{ id: 1 }]));
    const fails = (async () => {
      throw new Error("too late");
    }) as unknown as ActionFunction;
    await expect(read(server.url, [fails])).rejects.toMatchObject({
      code: "SLUICE_CONFIG",
      message: expect.stringContaining("returned a promise") as unknown,
    });
  });

  it("keep the pages before an ignored one", async () => {
    await using server = await twoPages(404);
    expect(await read(server.url, [{ statusCode: 404, action: "ignore" }])).toEqual([[1]]);
  });

  it("are asked only after the retries", async () => {
    await using server = await twoPages(503);
    expect(await read(server.url, [{ statusCode: "5xx", action: "ignore" }])).toEqual([[1]]);
    expect(server.seen).toHaveLength(4);
  });

  it("retry what looks right but is not, and raise it in the end", async () => {
    await using server = await twoPages(200, { error: "busy" });
    await expect(read(server.url, [{ content: '"busy"', action: "retry" }])).rejects.toThrow(
      /HTTP 200 \(response action "retry" for content .*busy.*\) for GET .* after 3 attempts/,
    );
    expect(server.seen).toHaveLength(4);
    await expect(read(server.url, [{ content: '"busy"', action: "raise" }])).rejects.toThrow(
      /HTTP 200 \(response action "raise"/,
    );
  });

  it("raise every other status", async () => {
    await using server = await twoPages(403);
    await expect(read(server.url, [{ statusCode: 404, action: "ignore" }])).rejects.toThrow(/HTTP 403/);
  });

  it("can turn an error into rows", async () => {
    await using server = await twoPages(410);
    expect(await read(server.url, [{ statusCode: 410, action: rescueWith('{"data":[2]}') }])).toEqual([[1], [2]]);
  });
});
