/** Runs one piece of work at a time, in the order in which they were asked for. */
export class Serial {
  /** Resolves when all that was asked for is done, whatever became of it. */
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined); // The caller gets the error; the next in line does not.
    return result;
  }

  async idle(): Promise<void> {
    await this.last;
  }
}
