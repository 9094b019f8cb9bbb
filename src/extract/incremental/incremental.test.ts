import { describe, expect, it } from "vitest";
import { incremental } from "./index.js";

const convert = (value: unknown): string => String(value);

describe("incremental", () => {
  it("takes both spellings, drops nulls and writes dates as text", () => {
    const expected = {
      cursorPath: "at",
      initialValue: "2024-01-01T00:00:00.000Z",
      lastValueFunc: "min",
      rowOrder: "desc",
      lag: 5,
      convert,
    };
    const initial = new Date("2024-01-01T00:00:00Z");
    expect(
      incremental({ cursorPath: "at", initialValue: initial, lastValueFunc: "min", rowOrder: "desc", lag: 5, convert }),
    ).toEqual(expected);
    expect(
      incremental({
        cursor_path: "at",
        initial_value: initial,
        last_value_func: "min",
        row_order: "desc",
        lag: 5,
        convert,
      }),
    ).toEqual(expected);
    expect(incremental(JSON.parse('{"cursor_path":"at","end_value":null}'))).toEqual({ cursorPath: "at" });
  });

  it.each([
    [
      '{"cursor_path":"at","initialvalue":1}',
      /Unknown key "initialvalue".*incremental\.initialvalue[\s\S]*initialValue/,
    ],
    ['{"cursor_path":"at","__proto__":1}', /Unknown key "__proto__"/],
    ['{"cursor_path":""}', /`cursor_path` is ""; it must be a field name or JSONPath/],
    ['{"initial_value":1}', /needs `cursorPath`/],
    ['{"cursor_path":"at","row_order":"up"}', /`row_order` is "up"; it must be "asc" or "desc"/],
    ['{"cursor_path":"at","lag":-1}', /`lag` is -1/],
    ['{"cursor_path":"at","cursorPath":"at"}', /given twice/],
  ])("refuses %s", (json, message) => {
    expect(() => incremental(JSON.parse(json))).toThrowError(message);
  });
});
