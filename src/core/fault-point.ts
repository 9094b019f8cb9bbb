/**
 * Every moment at which a run that dies, or is refused by the disk, leaves something different behind. The fault tests
 * (`test/faults`) let a process die at each of them; nothing else looks at them.
 */
export const FAULT_POINTS = [
  "lock-draft", // Nothing yet.
  "lock-link", // The draft of the lock is written.
  "lock-claimed", // Only this process may follow the dead owner of the lock, and has not yet.
  "lock-replace",
  "lock-taken",
  "package-draft", // The directory is there under its temporary name.
  "package-rename", // Its run record is written.
  "package-created",
  "recover-truncate", // The journal is read; what it does not name is about to be cut off.
  "segment-write",
  "journal-page",
  "page-written",
  "journal-reset",
  "reset-truncate", // The reset is on the disk, the rows that it voids are still in their files.
  "sync-segments",
  "sync-journal",
  "journal-sync",
  "journal-complete",
  "journal-rejected",
  "publish-begin",
  "publish-statement",
  "publish-stage",
  "publish-commit",
  "publish-committed", // The destination has the load; its log is not yet in the file.
  "journal-published",
  "last-run-write",
  "last-run-rename",
  "segment-remove",
  "lock-release",
  "package-remove",
  "set-aside",
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Bytes that are about to be written, so that a test can let a write be torn. */
export interface PendingWrite {
  readonly fd: number;
  readonly bytes: Uint8Array;
  readonly position: number;
}

type FaultHook = (point: FaultPoint, write?: PendingWrite) => void;

/** Only a test puts something here, before it imports sluice: looked up once, so that a point costs one comparison. */
const hook: unknown = Reflect.get(globalThis, Symbol.for("sluice.faults"));

function isHook(value: unknown): value is FaultHook {
  return typeof value === "function";
}

const active: FaultHook | undefined = isHook(hook) ? hook : undefined;

/** Says that a run has come to a point. Does nothing outside the fault tests. */
export function faultPoint(point: FaultPoint, write?: PendingWrite): void {
  if (active !== undefined) active(point, write);
}
