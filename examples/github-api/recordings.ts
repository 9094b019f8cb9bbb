import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** One document as GitHub sent it; only the fields that the server reads are named. */
export interface Recorded {
  readonly id: number;
  readonly number: number;
  readonly state: "open" | "closed";
  readonly created_at: string;
  readonly updated_at: string;
  readonly [field: string]: unknown;
}

/** A comment as GitHub sent it. */
export type RecordedComment = Omit<Recorded, "number" | "state"> & { readonly body: string };

/** Everything that one repository holds at one moment. */
export interface RepositoryData {
  readonly issues: readonly Recorded[];
  /** Comments by issue number. */
  readonly comments: ReadonlyMap<number, readonly RecordedComment[]>;
  readonly pulls: readonly Recorded[];
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly response: unknown;
  readonly rawHeaders: readonly string[];
}

interface WebhookEvent {
  readonly name: string;
  readonly examples: readonly {
    readonly action?: string;
    readonly issue?: Recorded;
    readonly comment?: RecordedComment;
    readonly pull_request?: Recorded;
  }[];
}

const require = createRequire(import.meta.url);

/** The exchanges of one scenario of @octokit/fixtures, with the ids and times that GitHub gave. */
export function scenario(name: string): Exchange[] {
  const folder = path.dirname(require.resolve("@octokit/fixtures/package.json"));
  return JSON.parse(
    readFileSync(path.join(folder, "scenarios/api.github.com", name, "raw-fixture.json"), "utf8"),
  ) as Exchange[];
}

/** Webhook payloads of github.com, or of one of the GitHub Enterprise releases that were recorded as well. */
function webhooks(host: "api.github.com" | "ghes-35"): WebhookEvent[] {
  return JSON.parse(
    readFileSync(require.resolve(`@octokit/webhooks-examples/${host}/index.json`), "utf8"),
  ) as WebhookEvent[];
}

function createdIssues(name: string): Recorded[] {
  return scenario(name)
    .filter(({ method, path, status }) => method === "post" && status === 201 && path.endsWith("/issues"))
    .map(({ response }) => response as Recorded);
}

function example(events: WebhookEvent[], name: string, action: string): WebhookEvent["examples"][number] {
  const found = events.find((event) => event.name === name)?.examples.find((payload) => payload.action === action);
  if (found === undefined) throw new Error(`No recorded "${name}" event with action "${action}"`);
  return found;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The recording has no ${what}`);
  return value;
}

/** The 13 issues of the scenario that recorded GitHub's paging. */
export function pagedIssues(): Recorded[] {
  return createdIssues("paginate-issues");
}

/**
 * One repository put together from several recorded ones. What changes is the number of a document where two repositories
 * used the same one, and the time of last change of the issue whose comment is edited; everything else is as recorded.
 *
 * `before` is the repository when the demo starts; `after` is what happened next: two issues were opened and a comment
 * on an old issue was edited.
 */
export function demoRepository(): { readonly before: RepositoryData; readonly after: RepositoryData } {
  const events = webhooks("api.github.com");
  const created = example(events, "issue_comment", "created");
  const edited = example(events, "issue_comment", "edited");
  const spelling = required(created.issue, "issue of the comment");
  const comment = required(created.comment, "comment");
  const enterprise = required(
    example(webhooks("ghes-35"), "issue_comment", "created").comment,
    "comment of GitHub Enterprise",
  );
  const labelled = required(createdIssues("add-labels-to-issue")[0], "issue that gets labels");
  const labels = scenario("add-labels-to-issue").find(({ path }) => path.endsWith("/labels"))?.response;
  const opened = createdIssues("search-issues").map((issue, index) => ({ ...issue, number: 19 + index }));
  const changedAt = required(opened.at(-1), "issue opened last").updated_at;

  const issues: Recorded[] = [
    ...pagedIssues(),
    { ...spelling, number: 14, comments: 2 },
    { ...required(example(events, "issues", "milestoned").issue, "issue with a milestone"), number: 15 },
    { ...required(example(events, "issues", "transferred").issue, "issue without labels"), number: 16 },
    { ...required(createdIssues("lock-issue")[0], "issue that is locked"), number: 17 },
    { ...labelled, number: 18, labels },
  ];
  const pulls = [
    { ...required(example(events, "pull_request", "opened").pull_request, "pull request"), number: 15 },
    required(example(events, "pull_request_review_thread", "resolved").pull_request, "pull request with a review"),
  ];
  return {
    before: { issues, pulls, comments: new Map([[14, [enterprise, comment]]]) },
    after: {
      issues: [
        ...issues.map((issue) => (issue.number === 14 ? { ...issue, updated_at: changedAt } : issue)),
        ...opened,
      ],
      pulls,
      comments: new Map([[14, [enterprise, { ...required(edited.comment, "edited comment"), updated_at: changedAt }]]]),
    },
  };
}
