import type { ProgressListener } from "../core/events.js";
import type { Capabilities, Destination, DestinationSession } from "../destinations/destination.js";

/** A destination for one run: the same, but waiting for another process that holds it is told as a `notice`. */
export class TellingDestination implements Destination {
  readonly type: string;
  readonly dltType: string;
  readonly location: string;
  readonly capabilities: Capabilities;
  private readonly destination: Destination;
  private readonly onEvent: ProgressListener;

  constructor(destination: Destination, onEvent: ProgressListener) {
    const { type, dltType, location, capabilities } = destination;
    this.type = type;
    this.dltType = dltType;
    this.location = location;
    this.capabilities = capabilities;
    this.destination = destination;
    this.onEvent = onEvent;
  }

  async isNew(): Promise<boolean> {
    return (await this.destination.isNew?.()) ?? false;
  }

  async prepare(): Promise<void> {
    await this.destination.prepare?.();
  }

  async open(signal?: AbortSignal): Promise<DestinationSession> {
    return this.destination.open(signal, (message) => this.onEvent({ type: "notice", message }));
  }
}
