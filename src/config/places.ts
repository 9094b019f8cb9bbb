import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import type { JsonObject, JsonValue } from "../core/json.js";
import { environmentName, splitConfigPath } from "./config-path.js";
import { readTomlFile } from "./toml-file.js";

/** Where settings are read from; what is not given is the process's own. */
export interface SettingsOptions {
  /** Directory that holds `.sluice/` or `.dlt/`. Default: the working directory. */
  readonly projectDir?: string;
  /** Directory whose `.sluice/` and `.dlt/` hold settings for all projects. Default: the user's home. */
  readonly homeDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default `/run/secrets`, where Docker and Kubernetes mount secrets. */
  readonly mountedSecretsDir?: string;
}

/** One place of a lookup. Reading it throws `ConfigError` when it is there but unreadable. */
export interface Place {
  /** As shown in messages: `environment variable TOKEN`, `.sluice/secrets.toml`. */
  readonly label: string;
  /** A table may be completed by tables further down; the other places hold text. */
  readonly isFile: boolean;
  /** Undefined: the place does not have it. */
  read(): JsonValue | undefined;
  /** Why there is nothing, when it is not just the key. */
  exists(): boolean;
}

/** Settings folders in the order in which they are read; the second is dlt's. */
const FOLDERS = [".sluice", ".dlt"];

/** The places of one kind of setting, resolved anew for each lookup: the environment and the files may change. */
export class Places {
  private readonly options: SettingsOptions;

  constructor(options: SettingsOptions) {
    this.options = options;
  }

  get projectDir(): string {
    return this.options.projectDir ?? process.cwd();
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.options.env ?? process.env;
  }

  /** A mounted secret (first, as in dlt), the environment variable, `secrets.toml` of the project, then of the user. */
  secret(path: string): readonly Place[] {
    return [
      ...this.mountedSecret(path),
      this.variable(path),
      ...this.files("secrets.toml").map((file) => this.file(file, path)),
    ];
  }

  /** The environment variable, `config.toml`, and `secrets.toml`, which may hold settings, too. */
  config(path: string): readonly Place[] {
    const files = [...this.files("config.toml"), ...this.files("secrets.toml")];
    return [this.variable(path), ...files.map((file) => this.file(file, path))];
  }

  /** Content of every settings file that exists, under the name used in messages. */
  tables(): readonly { readonly label: string; readonly table: JsonObject }[] {
    return [...this.files("secrets.toml"), ...this.files("config.toml")].flatMap((file) => {
      const table = readTomlFile(file);
      return table === undefined ? [] : [{ label: this.shorten(file), table }];
    });
  }

  private files(name: string): readonly string[] {
    const directories = new Set([this.projectDir, this.options.homeDir ?? homedir()]);
    return [...directories].flatMap((directory) => FOLDERS.map((folder) => join(directory, folder, name)));
  }

  private variable(path: string): Place {
    const name = environmentName(path);
    return {
      label: `environment variable ${name}`,
      isFile: false,
      read: () => (Object.hasOwn(this.env, name) ? this.env[name] : undefined),
      exists: () => true,
    };
  }

  private file(file: string, path: string): Place {
    return {
      label: this.shorten(file),
      isFile: true,
      read: () => valueAt(readTomlFile(file), splitConfigPath(path)),
      exists: () => readTomlFile(file) !== undefined,
    };
  }

  private mountedSecret(path: string): readonly Place[] {
    const directory = this.options.mountedSecretsDir ?? "/run/secrets";
    const name = environmentName(path).toLowerCase().replaceAll("_", "-");
    // Only names that can be mounted (RFC 1123 labels), so that no path leaves the directory.
    if (!/^[a-z0-9-]+$/.test(name) || !existsSync(directory)) return [];
    const target = join(directory, name);
    return [{ label: target, isFile: false, read: () => readMounted(target, name), exists: () => existsSync(target) }];
  }

  private shorten(file: string): string {
    const short = relative(this.projectDir, file);
    if (!short.startsWith("..")) return short;
    return join("~", relative(this.options.homeDir ?? homedir(), file));
  }
}

/** Docker mounts a secret as a file, Kubernetes as a directory with a file of the same name. The last line break is no part of it. */
function readMounted(target: string, name: string): string | undefined {
  const stat = statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const file = stat.isDirectory() ? join(target, name) : target;
  return existsSync(file) ? readFileSync(file, "utf8").replace(/\r?\n$/, "") : undefined;
}

function valueAt(table: JsonObject | undefined, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = table;
  for (const key of path) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** True for a TOML table or a JSON object. */
export function isTable(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
