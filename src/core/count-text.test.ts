import { expect, it } from "vitest";
import { formatCount, plural } from "./count-text.js";

it.each([0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 1_234_567_890])("writes %d as English does", (count) => {
  expect(formatCount(count)).toBe(count.toLocaleString("en-US"));
});

it("adds an s to all but one", () => {
  expect([0, 1, 2, 1800].map((count) => plural(count, "row"))).toEqual(["0 rows", "1 row", "2 rows", "1,800 rows"]);
});
