import type { RestApiConfig } from "sluice";
import type { HostileApi, Visit } from "./hostile-api.js";

/** Rows of one table, without the columns that sluice adds. */
export type TableRows = readonly Readonly<Record<string, unknown>>[];

/** The run ends well although the server misbehaves. */
export interface Loads {
  /** Expected rows by table, in any order. */
  readonly rows: Readonly<Record<string, TableRows>>;
  /** Codes of the warnings in the load info, in any order. Default: none. */
  readonly warnings?: readonly string[];
}

/** The run ends with an error; once the server is healthy, running again brings every row exactly once. */
export interface Refuses {
  readonly code: string;
  /** How often the attack was tried before the failure; not looked at where it is no attack on one request. */
  readonly tries?: number;
  /** Parts of the message. */
  readonly says: readonly string[];
  /** Default `items`; the message names it, as it does the page. */
  readonly resource?: string;
  /** Default 2. */
  readonly page?: number;
  /** Rows that are in the package after the failure. Default: the two of page 1. */
  readonly pending?: number;
  /** What is there after the healthy run. Default: the four rows of the healthy API. */
  readonly rows?: Readonly<Record<string, TableRows>>;
  /** True: the cause is part of a page that is committed, such as its bad link. The healthy run begins after `dropPending()`. */
  readonly afterDrop?: boolean;
}

/** One way in which a server misbehaves, as data. */
export interface HostileCase {
  /** What the server does; the first column of the table in docs/reliability.md. */
  readonly name: string;
  /** What comes of it, in words; the second column. */
  readonly outcome: string;
  /** Answers the requests that `attacks` selects, while the server is not healed. */
  readonly attack: (visit: Visit) => void;
  /** Default: those for page 2. */
  readonly attacks?: (visit: Visit) => boolean;
  /** Changes of the usual client. */
  readonly client?: Partial<RestApiConfig["client"]>;
  /** The same, where they depend on the address of the server. */
  readonly clientOf?: (api: HostileApi) => Partial<RestApiConfig["client"]>;
  /** Instead of the usual resource `items`. */
  readonly resources?: (api: HostileApi) => RestApiConfig["resources"];
  /** Pages at most. */
  readonly limit?: number;
  readonly ends: Loads | Refuses;
  /** What else has to be true after the first run. */
  readonly check?: (api: HostileApi) => void;
}

/** What the healthy API has. */
export const ALL_ROWS: Readonly<Record<string, TableRows>> = { items: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] };

/** The configuration of a case. Retries come at once. */
export function configOf(hostile: HostileCase, api: HostileApi): RestApiConfig {
  return {
    client: {
      baseUrl: `${api.url}/`,
      paginator: { type: "json_link", nextUrlPath: "next" },
      backoffFactor: 0,
      maxAttempts: 2,
      timeout: 10,
      ...hostile.client,
      ...hostile.clientOf?.(api),
    },
    resources: hostile.resources?.(api) ?? [{ name: "items", endpoint: { path: "items", dataSelector: "data" } }],
  };
}
