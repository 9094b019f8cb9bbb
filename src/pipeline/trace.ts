import { messageOf } from "../core/errors.js";
import type { LoadInfo } from "./load-info.js";

/** One step of a run. `settle`: packages of earlier calls; `prepare`: reading state and schemas from the destination. */
export interface TraceStep {
  readonly step: "settle" | "prepare" | "extract" | "publish";
  readonly startedAt: string;
  readonly seconds: number;
  /** Message of the error that ended the step. */
  readonly error?: string;
}

/** What one call of `run()` spent its time on, also when it failed. */
export class Trace {
  readonly pipelineName: string;
  readonly startedAt: string = new Date().toISOString();
  /** Set when the run succeeded. */
  loadInfo: LoadInfo | undefined;
  private readonly ended: TraceStep[] = [];

  constructor(pipelineName: string) {
    this.pipelineName = pipelineName;
  }

  /** In the order in which they ended. */
  get steps(): readonly TraceStep[] {
    return this.ended;
  }

  /** Runs `work` as a step and notes how long it took and how it ended. */
  async measure<T>(step: TraceStep["step"], work: () => Promise<T>): Promise<T> {
    const startedAt = new Date().toISOString();
    const started = performance.now();
    const note = (error?: unknown): void => {
      const seconds = Math.round(performance.now() - started) / 1000;
      this.ended.push({ step, startedAt, seconds, ...(error === undefined ? {} : { error: messageOf(error) }) });
    };
    try {
      const result = await work();
      note();
      return result;
    } catch (error) {
      note(error);
      throw error;
    }
  }
}
