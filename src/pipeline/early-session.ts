import type { Destination, DestinationSession } from "../destinations/destination.js";

/** A new database is held open for so many milliseconds while sources are read: small loads are over by then, long ones let others in. */
const HOLD_MS = 1000;

/**
 * A session that is opened while the rest of sluice is loaded: DuckDB takes 15 ms for it, in threads of its own. Whether it
 * can be opened is told to whoever uses it. It must not stay open while sources are read: their code may use the database, and
 * so may other processes. A database that is new is an exception: nobody can know of it but code that runs in between.
 */
export class EarlySession {
  private readonly destination: Destination;
  private readonly signal: AbortSignal;
  private opening: Promise<DestinationSession> | undefined;
  private isNew: Promise<boolean> | undefined;
  private release: NodeJS.Timeout | undefined;
  /** Used or closed: nobody would close what is opened from here on. */
  private isOver = false;

  /** `signal` ends the wait for a destination that is locked. */
  constructor(destination: Destination, signal: AbortSignal) {
    this.destination = destination;
    this.signal = signal;
  }

  /** True when there is nothing at the destination that could be asked. */
  async hasNothing(): Promise<boolean> {
    return (this.isNew ??= this.destination.isNew?.() ?? Promise.resolve(false));
  }

  /** Begins to open it, if there is anything; returns when that goes on by itself. (Loading the driver last cost 35 ms more.) */
  async open(): Promise<void> {
    if (await this.hasNothing()) return;
    await this.begin(() => undefined); // Whoever uses it is told.
  }

  /** Opens what is new yet, for the publish, while sources without code of their own are read. Takes 40 ms off a small first load. */
  async openNew(): Promise<void> {
    if (!(await this.hasNothing())) return;
    await this.begin(() => (this.opening = undefined)); // The publish tries again.
    if (this.isOver) return;
    this.release = setTimeout(() => {
      const { opening } = this;
      this.opening = undefined;
      void opening?.then(async (session) => session.close()).catch(() => undefined); // Whoever opens it next is told.
    }, HOLD_MS).unref();
  }

  private async begin(onFailure: () => void): Promise<void> {
    await this.destination.prepare?.().catch(() => undefined); // Opening says it again.
    if (this.isOver) return; // Meanwhile the publish has opened it, or the run has ended.
    this.opening = this.destination.open(this.signal);
    this.opening.catch(onFailure);
  }

  /** Uses the session, opened now if not before, and closes it. */
  async use<T>(work: (session: DestinationSession) => Promise<T>): Promise<T> {
    clearTimeout(this.release);
    const opening = this.opening ?? this.destination.open(this.signal);
    this.opening = undefined;
    this.isOver = true;
    const session = await opening;
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  /** Closes the session if nobody has used it. */
  async close(): Promise<void> {
    clearTimeout(this.release);
    const { opening } = this;
    this.opening = undefined;
    this.isOver = true;
    const session = await opening?.catch(() => undefined); // What could not be opened need not be closed.
    await session?.close();
  }
}
