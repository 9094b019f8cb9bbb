import { authSecretPaths, config, lookupSecret, missingSecret } from "../config/index.js";
import { authNeeds, AuthPool, authTypes, checkAuthConfig, typeName } from "../rest/auth/index.js";
import type { Auth } from "../rest/auth/auth.js";
import { canonicalPaginator, createPaginator, paginatorTypes } from "../rest/paginators/index.js";
import type { Paginator } from "../rest/paginators/paginator.js";
import { attempt } from "./attempt.js";
import type { Options } from "./canonical-config.js";
import { isAuthObject, isPaginatorObject } from "./instances.js";
import { didYouMean } from "../core/nearest.js";
import { type ConfigPath, toSnake } from "./spelling.js";
import type { Report } from "./templates.js";

/** Checks a paginator without keeping it. */
export function checkPaginator(option: Options | Paginator | null | undefined, at: ConfigPath, report: Report): void {
  if (option === null || option === undefined || isPaginatorObject(option)) return;
  // As a file may have it, whatever the type says; dlt's old names are known by their new ones.
  const given: unknown = option.type;
  const type = typeof given === "string" && given !== "" ? canonicalPaginator(option).type : given;
  if (isKnownType(type, paginatorTypes(), at, report)) attempt(() => createPaginator(option, "paginator"), at, report);
}

/** Checks an auth without its secrets: what is missing may come from them. Values are never part of a message. */
export function checkAuth(option: Options | Auth | null | undefined, at: ConfigPath, report: Report): void {
  if (option === null || option === undefined || isAuthObject(option)) return;
  if (isKnownType(option.type, authTypes(), at, report)) attempt(() => checkAuthConfig(option), at, report);
}

/** The paginator of a config. */
export function paginatorOf(option: Options | Paginator | null | undefined): Paginator | undefined {
  return option === null || option === undefined ? undefined : createPaginator(option);
}

/** Makes the auths of one source: equal configs share an auth, and with it the token. */
export class Credentials {
  private readonly source: string;
  private readonly spell: (key: string) => string;
  private readonly pool = new AuthPool();

  /** `spell` writes an option as the user's config does. */
  constructor(source: string, spell: (key: string) => string) {
    this.source = source;
    this.spell = spell;
  }

  /**
   * The auth of a config: undefined when none is given, null when it is switched off. `where` is its place in the user's
   * config.
   *
   * @throws MissingConfigError when a needed option is neither in the config nor among secrets and settings; it lists the places.
   */
  authOf(option: Options | Auth | null | undefined, where: string): Auth | null | undefined {
    if (option === null || option === undefined || isAuthObject(option)) return option;
    const found: [string, string][] = [];
    for (const [field, need] of Object.entries(authNeeds(option.type))) {
      if (option[field] !== undefined && option[field] !== null) continue;
      const paths = authSecretPaths(this.source, toSnake(field));
      // What is no secret is not registered as one, or the address of a token endpoint would be missing in messages.
      const setting = (need === "setting" ? config.lookup(paths) : undefined) ?? lookupSecret(paths);
      if (setting === undefined) throw missingSecret(paths, `${where}.${this.spell(field)}`);
      found.push([field, setting.value]);
    }
    return this.pool.get({ ...option, ...Object.fromEntries(found) }, where);
  }
}

function isKnownType(type: unknown, known: readonly string[], at: ConfigPath, report: Report): boolean {
  if (type === undefined || type === null || type === "") {
    report([...at, "type"], `is missing: it says which kind this is; known: ${known.join(", ")}`);
    return false;
  }
  if (typeof type === "string" && known.includes(type)) return true;
  const hint = typeof type === "string" ? didYouMean(type, known) : "";
  report(
    [...at, "type"],
    `is ${typeName(type)}, which is unknown${hint}${hint === "" ? "; " : " "}known: ${known.join(", ")}`,
  );
  return false;
}
