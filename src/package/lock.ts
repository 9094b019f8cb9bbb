import { ProcessLock } from "../core/process-lock.js";
import { PackageError, PipelineLockedError } from "./errors.js";

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

/** Throws `PackageError` when the lock is not this run's any more: another run may be writing the same package by now. */
export function assertHeld(lock: ProcessLock, pipelineName: string): void {
  if (lock.isHeld()) return;
  throw new PackageError(
    `The lock of pipeline "${pipelineName}" was removed or changed while its run went on; the run stops, because another one may have begun`,
    {
      hint: `Nothing was published by this run. Leave ${lock.file} alone while a run lives, and run again: committed pages are kept.`,
    },
  );
}
