import { setImmediate as nextTurn } from "node:timers/promises";

/** Long work that can be left for a moment wherever it yields. What it returns is its result. */
export type Piecework<T> = Generator<undefined, T, undefined>;

/** How long work may keep the event loop to itself, in milliseconds: signals, timers and sockets wait for so long. */
const TURN_MS = 50;

/** Does it without a break. */
export function atOnce<T>(work: Piecework<T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
  }
}

/** Does it with breaks in which the event loop has its turn. Throws the reason of `signal` when that is aborted. */
export async function inTurns<T>(work: Piecework<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let since = performance.now(); ;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    if (performance.now() - since < TURN_MS) continue;
    await nextTurn();
    await nextTurn(); // The first one comes before sockets and signals are looked at.
    signal?.throwIfAborted();
    since = performance.now();
  }
}
