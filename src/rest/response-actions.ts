import { ConfigError, excerpt } from "../core/errors.js";
import type { HttpResponse } from "./request.js";

/**
 * What to do with a response: `ignore` and `stop` end the pages quietly (what came before is kept), `retry` sends the
 * request again like after a 503, `raise` is an error whatever the status.
 */
export type ActionName = "ignore" | "raise" | "retry" | "stop";

/** Looks at a response and names an action, or returns another response to go on with, or nothing. */
export type ActionFunction = (response: HttpResponse) => ActionName | HttpResponse | undefined | void;

/** A rule for responses. Without `statusCode` and `content` it applies to every response. */
export interface ResponseAction {
  /** 404, "404", or a class: "4xx", "5xx". */
  readonly statusCode?: number | string;
  /** Case-sensitive part of the body. */
  readonly content?: string;
  readonly action: ActionName | ActionFunction | readonly ActionFunction[];
}

/** What the rules made of a response. */
export type Verdict =
  | { readonly action: ActionName; readonly rule: string }
  | { readonly action: "proceed"; readonly response: HttpResponse };

/** Rules that were checked once. */
export type CompiledActions = (response: HttpResponse) => Verdict;

const NAMES: readonly string[] = ["ignore", "raise", "retry", "stop"] satisfies ActionName[];

interface Rule {
  readonly text: string;
  readonly matches: (response: HttpResponse) => boolean;
  readonly steps: readonly (ActionName | ActionFunction)[];
}

/**
 * Checks and prepares rules. All that match apply in order; the first that names an action decides. A plain function is
 * a rule for every response.
 *
 * @throws ConfigError for an unknown action or an unreadable status.
 */
export function compileResponseActions(
  rules: readonly (ResponseAction | ActionFunction)[],
  path = "responseActions",
): CompiledActions {
  const compiled = rules.map((rule, i) =>
    compileRule(typeof rule === "function" ? { action: rule } : rule, `${path}[${i}]`),
  );
  return (response) => {
    let current = response;
    for (const rule of compiled) {
      if (!rule.matches(current)) continue;
      for (const step of rule.steps) {
        const outcome = typeof step === "function" ? step(current) : step;
        if (typeof outcome === "string") return { action: checkName(outcome, rule.text), rule: rule.text };
        if (outcome !== undefined) current = outcome;
      }
    }
    return { action: "proceed", response: current };
  };
}

function compileRule(rule: ResponseAction, path: string): Rule {
  const { statusCode, content, action } = rule;
  const steps =
    typeof action === "string"
      ? [checkName(action, `${path}.action`)]
      : typeof action === "function"
        ? [action]
        : action;
  if (!Array.isArray(steps) || !steps.every((step) => typeof step === "string" || typeof step === "function")) {
    throw new ConfigError(`${path}.action is ${excerpt(action)}`, {
      path,
      hint: `Give one of ${NAMES.join(", ")}, or a function.`,
    });
  }
  const status = statusCode === undefined ? undefined : statusMatcher(statusCode, `${path}.statusCode`);
  const parts = [
    statusCode === undefined ? "" : `status ${statusCode}`,
    content === undefined ? "" : `content ${excerpt(content)}`,
  ].filter((part) => part !== "");
  return {
    text: parts.length === 0 ? path : parts.join(" and "),
    matches: (response) =>
      (status?.(response.status) ?? true) && (content === undefined || response.text.includes(content)),
    steps,
  };
}

/** A test for a status such as 404 or "404", or for a class such as "4xx". Throws ConfigError for anything else. */
export function statusMatcher(statusCode: unknown, path: string): (status: number) => boolean {
  const text = typeof statusCode === "string" ? statusCode.trim().toLowerCase() : excerpt(statusCode);
  if (/^[1-5]\d\d$/.test(text)) return (status) => status === Number(text);
  if (/^[1-5]xx$/.test(text)) return (status) => Math.floor(status / 100) === Number(text[0]);
  throw new ConfigError(`${path} is ${excerpt(statusCode)}`, {
    path,
    hint: 'Give a status such as 404, or a class such as "4xx".',
  });
}

function checkName(name: string, path: string): ActionName {
  if (isActionName(name)) return name;
  throw new ConfigError(`${path} is ${excerpt(name)}, which is no action`, {
    hint: `Give one of ${NAMES.join(", ")}, or a function.`,
  });
}

function isActionName(name: string): name is ActionName {
  return NAMES.includes(name);
}
