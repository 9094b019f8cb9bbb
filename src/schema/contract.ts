import type { ContractMode, SchemaContract, TableSchema } from "./model.js";

/** A contract with every entity settled. */
export interface ResolvedContract {
  readonly tables: ContractMode;
  readonly columns: ContractMode;
  readonly data_type: ContractMode;
}

const EVOLVE: ResolvedContract = { tables: "evolve", columns: "evolve", data_type: "evolve" };

/** Fills what a contract leaves open with `evolve`. */
export function expandContract(contract: SchemaContract | undefined): ResolvedContract {
  if (contract === undefined) return EVOLVE;
  if (typeof contract === "string") return { tables: contract, columns: contract, data_type: contract };
  return { ...EVOLVE, ...contract };
}

/** The contract of a table: its own, else that of the nearest parent table that has one, else the schema's. */
export function contractOf(
  table: TableSchema | undefined,
  tables: Readonly<Record<string, TableSchema>>,
  schemaContract: SchemaContract | undefined,
): ResolvedContract {
  for (let at = table; at !== undefined; at = at.parent === undefined ? undefined : tables[at.parent]) {
    if (at.schema_contract !== undefined) return expandContract(at.schema_contract);
  }
  return expandContract(schemaContract);
}
