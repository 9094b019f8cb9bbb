import { describe, expect, it } from "vitest";
import { toStatementError } from "./statement-error.js";

describe("an error of DuckDB", () => {
  it.each([
    'Conversion Error: Could not convert string "Transaction conflict" to INT64',
    "Constraint Error: NOT NULL constraint failed: orders.v",
    "Out of Range Error: Overflow in addition of INT64",
    'Invalid Input Error: Malformed JSON in file "x.jsonl", at byte 8 in line 1: unexpected end of data.',
    'Binder Error: Referenced column "x" not found in FROM clause!',
    "Catalog Error: Existing object orders is of type View, trying to replace with type Table",
    'Dependency Error: Cannot alter entry "orders" because there are entries that depend on it.',
    "Not implemented Error: Adding columns with constraints not yet supported",
  ])("is for the data to answer: %s", (message) => {
    expect(toStatementError(new Error(message)).rejected).toBe(true);
  });

  it("about a limit on file sizes says what to do", () => {
    const message =
      'FATAL Error: Failed to create checkpoint because of error: Could not write file "my.duckdb": File too large';
    expect(toStatementError(new Error(message))).toMatchObject({
      rejected: false,
      hint: expect.stringMatching(/limit on file sizes.*raise it, or free space, then run again/),
    });
  });

  it.each([
    'IO Error: Could not write file "my.duckdb.wal": No space left on device',
    'TransactionContext Error: Failed to commit: Could not write all bytes to file "my.duckdb": No space left on device',
    "Out of Memory Error: could not allocate block of size 256.0 KiB (44.8 MiB/45.0 MiB used)",
    "TransactionContext Error: Failed to commit: could not allocate block of size 256.0 KiB",
    'TransactionContext Error: Catalog write-write conflict on create with "orders"',
    "TransactionContext Error: Conflict on tuple deletion!",
    "FATAL Error: Failed: database has been invalidated because of a previous fatal error.",
    "INTERNAL Error: Attempted to access index 1 within vector of size 1",
    "INTERRUPT Error: Interrupted!",
  ])("passes: %s", (message) => {
    expect(toStatementError(new Error(message)).rejected).toBe(false);
  });
});
