import { ConfigError, excerpt } from "../core/errors.js";

/** `sources.github.token` as its parts. Throws `ConfigError` for empty paths and empty parts. */
export function splitConfigPath(path: string): readonly string[] {
  const parts = path.split(".");
  if (parts.every((part) => part.trim() !== "")) return parts;
  throw new ConfigError(`${excerpt(path)} is no path of a setting`, {
    hint: "A path is keys with dots between them, such as `sources.github.token`.",
  });
}

/** The environment variable of a path, as in dlt: `SOURCES__GITHUB__TOKEN`. */
export function environmentName(path: string): string {
  return splitConfigPath(path).join("__").toUpperCase();
}

/**
 * Where a credential of a source is looked for when its config does not give it, most specific first: dlt's paths
 * (`sources.rest_api.<source>.credentials.<field>` and its shorter forms) and `sources.<source>.<field>`.
 */
export function authSecretPaths(sourceName: string, field: string): readonly string[] {
  return [
    `sources.rest_api.${sourceName}.credentials.${field}`,
    `sources.${sourceName}.${field}`,
    `sources.rest_api.credentials.${field}`,
    `sources.credentials.${field}`,
    `credentials.${field}`,
  ];
}
