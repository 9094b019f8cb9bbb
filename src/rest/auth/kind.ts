import type { ConfigReader } from "../config-reader.js";
import type { Auth } from "./auth.js";

/**
 * Where an option that a config does not give is looked for when the config belongs to a source: `secret` among the
 * secrets, `setting` among the settings and then the secrets.
 */
export type AuthNeed = "secret" | "setting";

/** A kind of auth that can be named in a config. */
export interface AuthKind {
  /** Options without which it is of no use. */
  readonly needs: Readonly<Record<string, AuthNeed>>;
  /** Reads every option and refuses wrong ones; the auth is made, and its secrets are taken, by the function that it returns. */
  read(config: ConfigReader): () => Auth;
}
