import { afterEach, describe, expect, it } from "vitest";
import { demoRepository, pagedIssues, scenario } from "../../examples/github-api/recordings.js";
import { type GitHubServer, startGitHubServer } from "../../examples/github-api/server.js";

let server: GitHubServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function get(
  path: string,
  token: string | undefined = "demo-token",
): Promise<{ status: number; link: string | null; body: unknown }> {
  const response = await fetch(`${server?.url}${path}`, {
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, link: response.headers.get("link"), body: await response.json() };
}

function numbers(body: unknown): unknown[] {
  return (body as { number: number }[]).map(({ number }) => number);
}

describe("the example's GitHub API", () => {
  it("answers page for page what GitHub answered when its paging was recorded", async () => {
    server = await startGitHubServer({ moments: [{ issues: pagedIssues(), comments: new Map(), pulls: [] }] });
    const recorded = scenario("paginate-issues").filter(({ method }) => method === "get");
    expect(recorded).toHaveLength(5);
    for (const { path, response, rawHeaders } of recorded) {
      const link = rawHeaders[rawHeaders.indexOf("Link") + 1];
      const answer = await get(path);
      expect(answer.link?.replaceAll(server.url, "https://api.github.com")).toBe(link);
      expect(numbers(answer.body)).toEqual(numbers(response));
    }
  });

  it("filters by the time of the last change and orders as asked", async () => {
    server = await startGitHubServer();
    const { body } = await get("/repos/o/r/issues?state=all&since=2022-07-19T04:39:10Z&sort=updated&direction=asc");
    expect(numbers(body)).toEqual([11, 12, 13]);
  });

  it("goes on to the second moment: two new issues, one with an edited comment", async () => {
    server = await startGitHubServer();
    expect(server.advance()).toBe(true);
    expect(server.advance()).toBe(false);
    const { body } = await get("/repos/o/r/issues?since=2022-07-19T04:39:17Z&sort=created&direction=asc");
    expect(numbers(body)).toEqual([14, 19, 20]);
    const comments = (await get("/repos/o/r/issues/14/comments")).body as { body: string }[];
    expect(comments.map(({ body }) => body)).toContain("You are totally right! I'll get this fixed today.");
  });

  it("has one number and one id per document", () => {
    const { after } = demoRepository();
    expect(new Set(after.issues.map(({ id }) => id)).size).toBe(after.issues.length);
    expect(new Set(after.issues.map(({ number }) => number)).size).toBe(after.issues.length);
    expect(new Set(after.pulls.map(({ id }) => id)).size).toBe(after.pulls.length);
  });

  it("refuses a missing and a wrong token as GitHub does", async () => {
    server = await startGitHubServer();
    expect(await get("/repos/o/r/issues", "")).toMatchObject({
      status: 401,
      body: { message: "Requires authentication" },
    });
    expect(await get("/repos/o/r/issues", "wrong")).toMatchObject({
      status: 401,
      body: { message: "Bad credentials" },
    });
    expect(await get("/repos/o/r/stars")).toMatchObject({ status: 404, body: { message: "Not Found" } });
  });
});
