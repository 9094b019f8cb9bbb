import { ConfigError, excerpt } from "../core/errors.js";
import { isPlainObject, type JsonValue } from "../core/json.js";
import { registerSecret } from "../core/redaction.js";
import { MissingConfigError } from "./missing-config-error.js";
import type { Settings } from "./settings.js";

const PLACEHOLDER = /\$(\$\{)|\$\{([^}]*)\}/g;
/** Configurations are not nested deeper; bounds the recursion for files that somebody else wrote. */
const MAX_DEPTH = 200;
/** Variables whose value is hidden from output, as far as a name can tell; credentials of `auth` are registered by their use. */
const SECRET_NAME = /token|key|secret|pass|pwd|credential|auth/i;

/** Expands the placeholders of a pipeline file with the values of `settings`; see {@link Expander.expand}. */
export class Expander {
  private readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /**
   * A copy of `value` with `${env.NAME}`, `${secrets.path}` and `${config.path}` replaced in every string (not in keys).
   * A string that is one placeholder and nothing else takes the value with its type; `$${` stands for `${`.
   * `where` is the path of `value` in the file. Throws `MissingConfigError`, or `ConfigError` for unknown placeholders.
   */
  expand(value: unknown, where: string, depth = 0): unknown {
    if (typeof value === "string") return this.expandText(value, where);
    if (depth > MAX_DEPTH)
      throw new ConfigError(`The configuration is nested deeper than ${MAX_DEPTH} levels`, { path: where });
    if (Array.isArray(value)) return value.map((item: unknown, i) => this.expand(item, `${where}[${i}]`, depth + 1));
    if (!isPlainObject(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      this.expand(item, where === "" ? key : `${where}.${key}`, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }

  private expandText(text: string, where: string): unknown {
    const whole = /^\$\{([^}]*)\}$/.exec(text);
    if (whole !== null) return this.resolve(whole[1] ?? "", where);
    return text.replace(PLACEHOLDER, (match, escaped: string | undefined, name: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const value = this.resolve(name ?? "", where);
      if (typeof value !== "object") return String(value);
      throw new ConfigError(`${match} is a table or list and cannot stand inside a text`, { path: where });
    });
  }

  private resolve(name: string, where: string): JsonValue {
    const [, root, path = ""] = /^\s*(\w+)\.(.+?)\s*$/.exec(name) ?? [];
    if (root === "env") return this.variable(path, where);
    if (root === "secrets") return this.settings.secrets.read(path, "any", where);
    if (root === "config") return this.settings.config.read(path, "any", where);
    throw new ConfigError(`Unknown placeholder ${excerpt(`\${${name}}`)}`, {
      path: where,
      hint: "Known are ${env.NAME}, ${secrets.path.of.key} and ${config.path.of.key}; write $${ for a literal ${.",
    });
  }

  private variable(name: string, where: string): string {
    const { env } = this.settings;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) {
      const other = Object.keys(env).find((key) => key.toLowerCase() === name.toLowerCase());
      throw new MissingConfigError(
        `The environment variable ${name}, which ${where} needs, is not set`,
        [{ place: `environment variable ${name}`, outcome: "not set" }],
        {
          path: where,
          hint:
            other === undefined
              ? `Set ${name}, or use \${secrets.…}.`
              : `${other} is set: the case of the name matters.`,
        },
      );
    }
    if (SECRET_NAME.test(name)) registerSecret(value);
    return value;
  }
}
