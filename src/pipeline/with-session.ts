import type { Destination, DestinationSession } from "../destinations/destination.js";

/** Opens the destination, uses it, and closes it whatever happens. `signal` ends the wait for one that is locked. */
export async function withSession<T>(
  destination: Destination,
  use: (session: DestinationSession) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const session = await destination.open(signal);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
