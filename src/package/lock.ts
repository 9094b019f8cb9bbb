import { ProcessLock } from "../core/process-lock.js";
import { PipelineLockedError } from "./errors.js";

/** Takes the lock of a pipeline. Throws `PipelineLockedError` when a living process has it; a killed one's is taken over at once. */
export function lockPipeline(file: string, pipelineName: string): Promise<ProcessLock> {
  return ProcessLock.acquire(file, async ({ pid, host, since }) => {
    throw new PipelineLockedError(
      `Pipeline "${pipelineName}" is being run by process ${pid} on ${host} since ${since}`,
      {
        hint: `Wait until it ends. If no such process runs there any more, or it is not a sluice run, remove ${file}.`,
      },
    );
  });
}
