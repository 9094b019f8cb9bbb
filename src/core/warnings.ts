/** Something the user should know that is not a certain loss: counted, kept in the load info, never hidden. */
export interface Warning {
  /** Stable, kebab-case: `selector-matched-nothing`, `full-page-no-next`, `name-collision`, `value-replaced`, … */
  readonly code: string;
  readonly message: string;
  readonly resource?: string;
  readonly table?: string;
  readonly column?: string;
  /** How often it happened; one warning per (code, resource, table, column) is kept. */
  readonly count?: number;
}

/** Collects warnings, one per (code, resource, table, column), with a count. The first message is kept. */
export class WarningLog {
  private readonly byKey = new Map<string, Warning>();

  add(warning: Warning): void {
    const key = JSON.stringify([warning.code, warning.resource, warning.table, warning.column]);
    const seen = this.byKey.get(key);
    const count = (seen?.count ?? 0) + (warning.count ?? 1);
    this.byKey.set(key, { ...(seen ?? warning), count });
  }

  addAll(warnings: Iterable<Warning>): void {
    for (const warning of warnings) this.add(warning);
  }

  list(): Warning[] {
    return [...this.byKey.values()];
  }

  /** Everything added since the last call, for the journal record of one page. */
  clear(): void {
    this.byKey.clear();
  }
}
