import { excerpt } from "../core/errors.js";
import { authSecretPaths, lookupSecret, missingSecret } from "../config/index.js";
import { authTypes, createAuth } from "../rest/auth/index.js";
import type { Auth } from "../rest/auth/auth.js";
import { canonicalPaginator, createPaginator, paginatorTypes } from "../rest/paginators/index.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import { attempt } from "./attempt.js";
import type { Options } from "./canonical-config.js";
import { isAuthObject, isPaginatorObject } from "./instances.js";
import { type ConfigPath, didYouMean, toSnake } from "./spelling.js";
import type { Report } from "./templates.js";

/** Options without which an auth is of no use. What the config does not say is looked up in the secrets. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  bearer: ["token"],
  api_key: ["apiKey"],
  http_basic: ["username", "password"],
  oauth2_client_credentials: ["accessTokenUrl", "clientId", "clientSecret"],
};

/** For a secret while only the other options are checked. Too short to be registered as one and blanked out of messages. */
const STAND_IN = "-";

/** Checks a paginator without keeping it. */
export function checkPaginator(option: Options | Paginator | null | undefined, at: ConfigPath, report: Report): void {
  if (option === null || option === undefined || isPaginatorObject(option)) return;
  const { type } = canonicalPaginator(option);
  if (isKnownType(type, paginatorTypes(), at, report)) attempt(() => createPaginator(option, "paginator"), at, report);
}

/** Checks an auth without its secrets: what is missing may come from them. Values are never part of a message. */
export function checkAuth(option: Options | Auth | null | undefined, at: ConfigPath, report: Report): void {
  if (option === null || option === undefined || isAuthObject(option)) return;
  if (!isKnownType(option.type, authTypes(), at, report)) return;
  const hidden: Report = (path, message) => {
    const quoted = Object.entries(option)
      .filter(([key]) => key !== "type")
      .map(([, value]) => excerpt(value));
    report(
      path,
      quoted.reduce((text, value) => text.replaceAll(` is ${value}`, " is a wrong value (hidden)"), message),
    );
  };
  attempt(
    () =>
      createAuth(
        complete(option, () => STAND_IN),
        "auth",
      ),
    at,
    hidden,
  );
}

/** The paginator of a config. */
export function paginatorOf(option: Options | Paginator | null | undefined): Paginator | undefined {
  return option === null || option === undefined ? undefined : createPaginator(option);
}

/**
 * The auth of a config: undefined when none is given, null when it is switched off.
 *
 * @throws MissingConfigError when a required option is neither in the config nor among the secrets; it lists the places.
 */
export function authOf(
  option: Options | Auth | null | undefined,
  source: string,
  where: string,
): Auth | null | undefined {
  if (option === null || option === undefined) return option;
  if (isAuthObject(option)) return option;
  const fromSecrets = (field: string): string => {
    const paths = authSecretPaths(source, toSnake(field));
    const found = lookupSecret(paths);
    if (found === undefined) throw missingSecret(paths, `${where}.${field}`);
    return found.value;
  };
  return createAuth(complete(option, fromSecrets), where);
}

function complete(option: Options, lookUp: (field: string) => string): Options {
  const required = Object.hasOwn(REQUIRED, option.type) ? (REQUIRED[option.type] ?? []) : [];
  const missing = required.filter((field) => option[field] === undefined || option[field] === null);
  return { ...option, ...Object.fromEntries(missing.map((field) => [field, lookUp(field)])) };
}

function isKnownType(type: string, known: readonly string[], at: ConfigPath, report: Report): boolean {
  if (known.includes(type)) return true;
  const hint = typeof type === "string" ? didYouMean(type, known) : "";
  report(
    [...at, "type"],
    `is ${excerpt(type)}, which is unknown${hint}${hint === "" ? "; " : " "}known: ${known.join(", ")}`,
  );
  return false;
}
