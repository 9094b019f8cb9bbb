import type { StateRow } from "../destinations/destination.js";
import { randomRowId } from "../normalize/row-id.js";
import type { StoredSchema } from "../schema/model.js";
import { LOADS_TABLE, STATE_TABLE, SYSTEM_COLUMNS, VERSION_TABLE } from "../schema/system-tables.js";
import { insertRow, type LoadScope, type Statement } from "./statements.js";

/** Status of a load that is complete; dlt has no other. */
const LOADED = "0";

/** Query that has a row when the load is there already. */
export function loadExists({ dialect, dataset, loadId }: LoadScope): string {
  return `SELECT 1 FROM ${dialect.qualify(dataset, LOADS_TABLE)} WHERE load_id = ${dialect.literal(loadId)} LIMIT 1`;
}

/** Query that has a row when this very schema is stored already. */
export function versionExists({ dialect, dataset }: LoadScope, schema: StoredSchema): string {
  return `SELECT 1 FROM ${dialect.qualify(dataset, VERSION_TABLE)} WHERE version_hash = ${dialect.literal(schema.version_hash)} LIMIT 1`;
}

/**
 * The schema with the time of the publish: dlt takes the newest, and a run that was resumed may have begun before another.
 * Where the clock was set back, a time after that of the newest one.
 */
export function versionRow(scope: LoadScope, schema: StoredSchema): Statement {
  const { literal, timestamp } = bound(scope);
  const { dialect, dataset } = scope;
  const [inserted, name] = [dialect.quote("inserted_at"), dialect.quote("schema_name")];
  return insertRow(scope, VERSION_TABLE, {
    version: literal(schema.version),
    engine_version: literal(schema.engine_version),
    inserted_at: `GREATEST(${timestamp(new Date().toISOString())}, (SELECT max(${inserted}) + INTERVAL '1 microsecond' FROM ${dialect.qualify(dataset, VERSION_TABLE)} WHERE ${name} = ${literal(schema.name)}))`,
    schema_name: literal(schema.name),
    version_hash: literal(schema.version_hash),
    schema: literal(JSON.stringify(schema)),
  });
}

export function stateRow(scope: LoadScope, state: StateRow): Statement {
  const { literal, timestamp } = bound(scope);
  return insertRow(scope, STATE_TABLE, {
    version: literal(state.version),
    engine_version: literal(state.engine_version),
    pipeline_name: literal(state.pipeline_name),
    state: literal(state.state),
    created_at: timestamp(state.created_at),
    version_hash: literal(state.version_hash),
    [SYSTEM_COLUMNS.loadId]: literal(scope.loadId),
    [SYSTEM_COLUMNS.rowId]: literal(randomRowId()),
  });
}

/** The row that says that the load is complete. */
export function loadRow(scope: LoadScope, schema: StoredSchema): Statement {
  const { literal, timestamp } = bound(scope);
  return insertRow(scope, LOADS_TABLE, {
    load_id: literal(scope.loadId),
    schema_name: literal(schema.name),
    status: LOADED,
    inserted_at: timestamp(scope.startedAt),
    schema_version_hash: literal(schema.version_hash),
  });
}

function bound({ dialect }: LoadScope): {
  literal: (value: string | number) => string;
  timestamp: (iso: string) => string;
} {
  return { literal: (value) => dialect.literal(value), timestamp: (iso) => dialect.timestamp(iso) };
}
