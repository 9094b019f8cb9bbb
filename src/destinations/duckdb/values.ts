import type { DuckDBType, DuckDBValue, DuckDBValueConverter } from "@duckdb/node-api";
import type { DuckDbApi } from "./database.js";

/** Turns what the driver reads into the plain values that `DestinationSession.query` promises. */
export function plainValueConverter(api: DuckDbApi): DuckDBValueConverter<unknown> {
  const { DuckDBTypeId: id } = api;
  return (value: DuckDBValue, type: DuckDBType, self: DuckDBValueConverter<unknown>): unknown => {
    if (value === null) return null;
    switch (type.typeId) {
      case id.BOOLEAN:
      case id.TINYINT:
      case id.SMALLINT:
      case id.INTEGER:
      case id.UTINYINT:
      case id.USMALLINT:
      case id.UINTEGER:
      case id.FLOAT:
      case id.DOUBLE:
        return value;
      case id.BIGINT:
      case id.UBIGINT:
      case id.HUGEINT:
      case id.UHUGEINT:
        return integer(value);
      case id.DECIMAL:
        return value instanceof api.DuckDBDecimalValue && value.scale === 0 ? integer(value.value) : String(value);
      case id.TIMESTAMP_TZ:
        return value instanceof api.DuckDBTimestampTZValue ? isoTimestamp(value.micros) : String(value);
      case id.TIMESTAMP:
      case id.TIMESTAMP_S:
      case id.TIMESTAMP_MS:
      case id.TIMESTAMP_NS:
        return String(value).replace(" ", "T");
      case id.BLOB:
        return value instanceof api.DuckDBBlobValue ? Uint8Array.from(value.bytes) : String(value);
      case id.LIST:
        return api.arrayFromListValue(value, type, self);
      case id.ARRAY:
        return api.arrayFromArrayValue(value, type, self);
      case id.STRUCT:
        return api.objectFromStructValue(value, type, self);
      case id.MAP:
        return api.objectArrayFromMapValue(value, type, self);
      case id.UNION:
        return api.objectFromUnionValue(value, type, self);
      default:
        return String(value);
    }
  };
}

/** A number where it is exact, so that ids and counts compare as users expect. */
function integer(value: DuckDBValue): number | bigint | string {
  if (typeof value !== "bigint") return String(value);
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** `2024-01-31T10:00:00Z` with 0, 3 or 6 digits of the second's fraction; `infinity` as DuckDB writes it. */
function isoTimestamp(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - fraction) / 1000n));
  if (Number.isNaN(date.getTime())) return micros > 0n ? "infinity" : "-infinity";
  const seconds = date.toISOString().slice(0, -5);
  if (fraction === 0n) return `${seconds}Z`;
  const digits = String(fraction).padStart(6, "0");
  return `${seconds}.${digits.endsWith("000") ? digits.slice(0, 3) : digits}Z`;
}
