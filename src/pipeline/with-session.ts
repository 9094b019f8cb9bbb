import type { Destination, DestinationSession } from "../destinations/destination.js";

/** Opens the destination, uses it, and closes it whatever happens. */
export async function withSession<T>(
  destination: Destination,
  use: (session: DestinationSession) => Promise<T>,
): Promise<T> {
  const session = await destination.open();
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
