import { didYouMean } from "../core/nearest.js";

/** A resource as the graph sees it. */
export interface Node {
  readonly name: string;
  /** Names of the resources whose rows it needs, without repetition. */
  readonly parents: readonly string[];
}

export interface GraphProblem {
  readonly resource: string;
  readonly message: string;
}

/** Parents that do not exist, resources with two parents, cycles. Each resource is named once. */
export function graphProblems(nodes: readonly Node[]): GraphProblem[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const problems: GraphProblem[] = [];
  for (const { name, parents } of nodes) {
    for (const parent of parents.filter((candidate) => !byName.has(candidate))) {
      const known = nodes.map((node) => node.name).filter((candidate) => candidate !== name);
      const hint = didYouMean(parent, known);
      problems.push({
        resource: name,
        message: `needs the resource "${parent}", which does not exist${hint === "" ? ";" : hint} declared: ${known.join(", ")}`,
      });
    }
    if (parents.length > 1) {
      const list = parents.map((parent) => `"${parent}"`).join(" and ");
      problems.push({
        resource: name,
        message: `has placeholders of two parents, ${list}; a resource has one. To use a field of a grandparent, copy it down with includeFromParent and refer to it as {resources.<parent>._<grandparent>_<field>}`,
      });
    }
  }
  return [...problems, ...cycles(byName)];
}

/** The resources with parents before their children, otherwise in the given order. There must be no problem in the graph. */
export function inOrder<T extends Node>(nodes: readonly T[]): T[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ordered = new Set<T>(nodes.filter((node) => node.parents.length === 0));
  const visit = (node: T): void => {
    for (const name of node.parents) {
      const parent = byName.get(name);
      if (parent !== undefined && !ordered.has(parent)) visit(parent);
    }
    ordered.add(node);
  };
  for (const node of nodes) visit(node);
  return [...ordered];
}

function cycles(byName: ReadonlyMap<string, Node>): GraphProblem[] {
  const problems: GraphProblem[] = [];
  const reported = new Set<string>();
  for (const start of byName.keys()) {
    const chain: string[] = [];
    let name: string | undefined = start;
    while (name !== undefined && !chain.includes(name)) {
      chain.push(name);
      name = byName.get(name)?.parents[0];
    }
    if (name !== start || chain.some((member) => reported.has(member))) continue;
    for (const member of chain) reported.add(member);
    const message =
      chain.length === 1
        ? "depends on itself"
        : `is its own ancestor: ${[...chain, start].map((member) => `"${member}"`).join(" → ")}`;
    problems.push({ resource: start, message });
  }
  return problems;
}
