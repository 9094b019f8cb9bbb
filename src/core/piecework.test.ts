import { describe, expect, it } from "vitest";
import { atOnce, inTurns, type Piecework } from "./piecework.js";

function* endless(): Piecework<never> {
  for (;;) yield;
}

function* counted(pieces: number): Piecework<number> {
  for (let i = 0; i < pieces; i++) yield;
  return pieces;
}

describe("piecework", () => {
  it("has its result with breaks and without", async () => {
    expect(atOnce(counted(5))).toBe(5);
    expect(await inTurns(counted(5), undefined)).toBe(5);
  });

  it("lets timers and sockets have their turn, and ends when it is cancelled", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 1);
    await expect(inTurns(endless(), abort.signal)).rejects.toThrow("enough");
  });
});
