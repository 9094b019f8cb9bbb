/** Secrets and settings: environment variables, mounted secrets, `secrets.toml` and `config.toml` in `.sluice/` or `.dlt/`. */
import type { MissingConfigError } from "./missing-config-error.js";
import { Expander } from "./placeholders.js";
import { type FoundSetting, Settings, type SettingsReader } from "./settings.js";

export type { ValueTypes } from "./coerce.js";
export { authSecretPaths } from "./config-path.js";
export { MissingConfigError, type TriedPlace } from "./missing-config-error.js";
export type { SettingsOptions } from "./places.js";
export { type FoundSetting, Settings, SettingsReader } from "./settings.js";

const settings = new Settings();

/** Credentials: `secrets.get("sources.github.token")`. What is read is redacted everywhere from then on. */
export const secrets: SettingsReader = settings.secrets;

/** Settings that are not secret: `config.get("sources.github.page_size", "number")`. */
export const config: SettingsReader = settings.config;

/** The first of `paths` that is set among the secrets of the working directory; undefined when none is. */
export function lookupSecret(paths: readonly string[]): FoundSetting | undefined {
  return secrets.lookup(paths);
}

/** The error to throw when `lookupSecret(paths)` found nothing for the field at `where` of the configuration. */
export function missingSecret(paths: readonly string[], where?: string): MissingConfigError {
  return secrets.missing(paths, where);
}

/**
 * A copy of a parsed YAML or JSON configuration with `${env.NAME}`, `${secrets.path}` and `${config.path}` replaced in
 * its strings; see {@link Expander.expand}. `settings` defaults to those of the working directory.
 */
export function expandPlaceholders(
  value: unknown,
  options: { readonly where?: string; readonly settings?: Settings } = {},
): unknown {
  return new Expander(options.settings ?? settings).expand(value, options.where ?? "");
}
