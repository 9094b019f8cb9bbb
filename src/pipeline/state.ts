import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { isPlainObject, type JsonValue } from "../core/json.js";
import type { DestinationSession } from "../destinations/destination.js";
import type { StoredIncremental } from "../extract/incremental/incremental-run.js";
import type { StoredState } from "../package/records.js";
import { parseJson } from "../rest/json-numbers.js";
import { plainCursor, typedCursor } from "./typed-cursor.js";
import { jsonText } from "../core/json-text.js";

/** Version of dlt's state document that we read and write. */
const STATE_ENGINE_VERSION = 4;

/** State of one resource: dlt's cursors under `incremental`, beside whatever the user's code keeps. */
export interface ResourceState {
  incremental?: Record<string, StoredIncremental>;
  [key: string]: JsonValue | Record<string, StoredIncremental> | undefined;
}

/** The state that the destination has for a pipeline, as JSON text; null when it has none. */
export async function readStateText(
  session: DestinationSession,
  dataset: string,
  pipelineName: string,
): Promise<string | null> {
  const row = await session.readState(dataset, pipelineName);
  return row === undefined ? null : PipelineState.fromRow(row).toText();
}

interface SourceState {
  resources?: Record<string, ResourceState>;
  [key: string]: JsonValue | Record<string, ResourceState> | undefined;
}

/** The pipeline's state as dlt stores it in `_dlt_pipeline_state.state`: base64(zlib(JSON)). */
interface StateDocument {
  _state_version: number;
  _state_engine_version: number;
  _version_hash?: string;
  pipeline_name: string;
  dataset_name?: string;
  default_schema_name?: string | null;
  schema_names?: string[];
  destination_type?: string;
  destination_name?: string | null;
  sources?: Record<string, SourceState>;
  [key: string]: unknown;
}

/** What the state says about where it belongs. */
export interface StateIdentity {
  readonly pipelineName: string;
  readonly datasetName: string;
  readonly destinationType: string;
  readonly schemaNames: readonly string[];
}

/** The state of one pipeline during one run. */
export class PipelineState {
  private readonly document: StateDocument;
  private readonly storedHash: string | undefined;

  private constructor(document: StateDocument) {
    this.document = document;
    this.storedHash = document._version_hash;
  }

  /** A pipeline that never ran. */
  static create(identity: StateIdentity): PipelineState {
    return new PipelineState({
      _state_version: 0,
      _state_engine_version: STATE_ENGINE_VERSION,
      pipeline_name: identity.pipelineName,
    });
  }

  /** Reads the newest row of `_dlt_pipeline_state`. Throws when it is not a state document. */
  static fromRow(row: StoredState): PipelineState {
    return PipelineState.fromText(inflateSync(Buffer.from(row.state, "base64")).toString("utf8"));
  }

  /** Reads the JSON text of a state document. Throws `TypeError` when it is none. */
  static fromText(text: string): PipelineState {
    const json = parseJson(text);
    if (!isPlainObject(json) || typeof json["pipeline_name"] !== "string")
      throw new TypeError("not a pipeline state document");
    const { pipeline_name, _state_version } = json;
    return new PipelineState({
      ...json,
      pipeline_name,
      _state_version: Number(_state_version),
      _state_engine_version: STATE_ENGINE_VERSION,
    });
  }

  /** The document as JSON text; integers beyond 2^53 are digits. */
  toText(): string {
    return jsonText(this.document);
  }

  /** The document for people and tests: a deep copy, integers beyond 2^53 are `bigint`s. */
  toObject(): Record<string, unknown> {
    return structuredClone(this.document);
  }

  /** State of a resource; `{}` when it has none. A copy. */
  resource(source: string, resource: string): ResourceState {
    const state = structuredClone(this.document.sources?.[source]?.resources?.[resource] ?? {});
    for (const [path, cursor] of Object.entries(state.incremental ?? {}))
      state.incremental = { ...state.incremental, [path]: plainCursor(cursor) };
    return state;
  }

  setResource(source: string, resource: string, state: ResourceState): void {
    const sources = (this.document.sources ??= {});
    const resources = ((sources[source] ??= {}).resources ??= {});
    if (Object.keys(state).length === 0) {
      delete resources[resource];
      return;
    }
    const before = resources[resource]?.incremental;
    const cursors = Object.entries(state.incremental ?? {});
    resources[resource] = {
      ...state,
      ...(cursors.length === 0
        ? {}
        : {
            incremental: Object.fromEntries(
              cursors.map(([path, cursor]) => [path, typedCursor(cursor, before?.[path])] as const),
            ),
          }),
    };
  }

  /** Forgets everything of a source (`refresh: "drop_sources"`). */
  resetSource(source: string): void {
    if (this.document.sources !== undefined) this.document.sources[source] = {};
  }

  /**
   * The row to store when this run is published, undefined when nothing changed since it was read. The hash is dlt's:
   * SHA3-256 of the sorted JSON without the version fields; it decides what "changed" means.
   */
  toRow(identity: StateIdentity, createdAt: string): StoredState | undefined {
    const { document } = this;
    const known = document.schema_names ?? [];
    document.dataset_name = identity.datasetName;
    document.destination_type = identity.destinationType;
    document.destination_name = null;
    document.schema_names = [...known, ...identity.schemaNames.filter((name) => !known.includes(name))];
    document.default_schema_name ??= document.schema_names[0] ?? null;
    const hash = this.contentHash();
    if (hash === this.storedHash) return undefined;
    document._version_hash = hash;
    document._state_version += 1;
    return {
      version: document._state_version,
      engine_version: STATE_ENGINE_VERSION,
      pipeline_name: document.pipeline_name,
      state: deflateSync(Buffer.from(jsonText(document), "utf8")).toString("base64"),
      created_at: createdAt,
      version_hash: hash,
    };
  }

  private contentHash(): string {
    const { _state_version, _state_engine_version, _version_hash, _local, ...content } = this.document;
    return createHash("sha3-256")
      .update(jsonText(content, { sortKeys: true }))
      .digest("base64");
  }
}
