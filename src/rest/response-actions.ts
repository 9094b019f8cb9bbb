import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject } from "../core/json.js";
import { ResponseParseError } from "./errors.js";
import { compilePath } from "./json-path.js";
import type { HttpResponse } from "./request.js";

/**
 * What to do with a response: `ignore` and `stop` end the pages quietly (what came before is kept), `retry` sends the
 * request again like after a 503, `raise` is an error whatever the status.
 */
export type ActionName = "ignore" | "raise" | "retry" | "stop";

/** Looks at a response and names an action, or returns another response to go on with, or nothing. */
export type ActionFunction = (response: HttpResponse) => ActionName | HttpResponse | undefined | void;

/** A rule for responses: it applies where all that it says is true. Without any condition it needs functions, which see every response. */
export interface ResponseAction {
  /** 404, "404", a class ("4xx", "5xx") or a range ("500-504"). */
  readonly statusCode?: number | string;
  /** Case-sensitive part of the body. */
  readonly content?: string;
  /** What the parsed body must be; no body of another format than the expected one is. */
  readonly body?: BodyCondition;
  readonly action: ActionName | ActionFunction | readonly ActionFunction[];
}

/**
 * A JSONPath that finds something other than null (`errors[*]`), values by JSONPath (`{ "error.code": "THROTTLED" }`: the
 * first match is the value, or one of a list of values), or a function of the parsed body.
 */
export type BodyCondition =
  | string
  | Readonly<Record<string, BodyValue | readonly BodyValue[]>>
  | ((body: unknown) => unknown);
export type BodyValue = string | number | boolean | null;

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
 * @throws ConfigError for an unknown action, an unreadable status, and an action by name without a condition.
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
        const outcome = typeof step === "function" ? told(step, current, rule.text) : step;
        if (typeof outcome === "string") return { action: checkName(outcome, rule.text), rule: rule.text };
        if (outcome !== undefined) current = outcome;
      }
    }
    return { action: "proceed", response: current };
  };
}

/** What a function says of a response. A promise says nothing yet, and one that fails would end the process. */
function told(step: ActionFunction, response: HttpResponse, rule: string): ReturnType<ActionFunction> {
  const outcome: unknown = step(response);
  if (outcome instanceof Promise) {
    outcome.catch(() => undefined);
    throw new ConfigError(`A function in responseActions returned a promise (${rule})`, {
      hint: "Make it a plain function instead of an async one: it names an action, or returns another response, at once.",
    });
  }
  return outcome as ReturnType<ActionFunction>;
}

function compileRule(rule: ResponseAction, path: string): Rule {
  const { statusCode, content, body, action } = rule;
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
  if (statusCode === undefined && content === undefined && body === undefined && !steps.every(isFunction)) {
    throw new ConfigError(`${path} has no condition: the action ${excerpt(action)} would hold for every response`, {
      path,
      hint: "Say for which responses it is meant: give statusCode, content or body.",
    });
  }
  const status = statusCode === undefined ? undefined : statusMatcher(statusCode, `${path}.statusCode`);
  const condition = body === undefined ? undefined : bodyMatcher(body, `${path}.body`);
  const parts = [
    statusCode === undefined ? "" : `status ${statusCode}`,
    content === undefined ? "" : `content ${excerpt(content)}`,
    body === undefined ? "" : `body ${typeof body === "function" ? "by a function" : excerpt(body)}`,
  ].filter((part) => part !== "");
  return {
    text: parts.length === 0 ? path : parts.join(" and "),
    matches: (response) =>
      (status?.(response.status) ?? true) &&
      (content === undefined || response.text.includes(content)) &&
      (condition?.(response) ?? true),
    steps,
  };
}

function bodyMatcher(condition: BodyCondition, path: string): (response: HttpResponse) => boolean {
  const holds = bodyPredicate(condition, path);
  return (response) => {
    let body: unknown;
    try {
      body = response.json();
    } catch (error) {
      if (error instanceof ResponseParseError) return false; // Whoever goes on to read the body says so.
      throw error;
    }
    return holds(body);
  };
}

function bodyPredicate(condition: BodyCondition, path: string): (body: unknown) => boolean {
  if (typeof condition === "function") return (body) => Boolean(condition(body));
  if (typeof condition === "string") {
    const compiled = compilePath(condition);
    return (body) => compiled.find(body).some((found) => found !== null);
  }
  if (!isPlainObject(condition) || Object.keys(condition).length === 0) {
    throw new ConfigError(`${path} is ${excerpt(condition)}`, {
      path,
      hint: 'Give a JSONPath that must find something ("errors[*]"), values by JSONPath ({ "error.code": "THROTTLED" }), or a function of the body.',
    });
  }
  const wanted = Object.entries(condition).map(([jsonPath, value]) => ({
    jsonPath: compilePath(jsonPath),
    values: Array.isArray(value) ? (value as readonly unknown[]) : [value],
  }));
  return (body) =>
    wanted.every(({ jsonPath, values }) => {
      const found = jsonPath.first(body);
      return found !== undefined && values.includes(found);
    });
}

/** A test for a status such as 404 or "404", or for a class such as "4xx". Throws ConfigError for anything else. */
export function statusMatcher(statusCode: unknown, path: string): (status: number) => boolean {
  const text = typeof statusCode === "string" ? statusCode.trim().toLowerCase() : excerpt(statusCode);
  if (/^[1-5]\d\d$/.test(text)) return (status) => status === Number(text);
  if (/^[1-5]xx$/.test(text)) return (status) => Math.floor(status / 100) === Number(text[0]);
  const [, from, to] = /^([1-5]\d\d)\s*-\s*([1-5]\d\d)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined && from <= to)
    return (status) => status >= Number(from) && status <= Number(to);
  throw new ConfigError(`${path} is ${excerpt(statusCode)}`, {
    path,
    hint: 'Give a status such as 404, a class such as "4xx", or a range such as "500-504".',
  });
}

function checkName(name: string, path: string): ActionName {
  if (isActionName(name)) return name;
  throw new ConfigError(`${path} is ${excerpt(name)}, which is no action`, {
    hint: `Give one of ${NAMES.join(", ")}, or a function.`,
  });
}

function isFunction(step: unknown): boolean {
  return typeof step === "function";
}

function isActionName(name: string): name is ActionName {
  return NAMES.includes(name);
}
