import { resource, restApiSource, type Source } from "sluice";

/** The packages that are looked up. Names hold `@` and `/`: each becomes one encoded path segment. */
const PACKAGES = [
  "undici",
  "zod",
  "yaml",
  "commander",
  "typescript",
  "vitest",
  "@duckdb/node-api",
  "@types/node",
  "@commander-js/extra-typings",
  "@octokit/fixtures",
] as const;

/** The latest manifest of each package: a list that lives in the program drives one request per name. */
export function npmSource(baseUrl: string): Source {
  const packages = resource(
    { name: "packages", primaryKey: "name", writeDisposition: "replace", selected: false },
    () => PACKAGES.map((name) => ({ name })),
  );
  return restApiSource(
    {
      client: { baseUrl },
      resources: [
        packages,
        {
          name: "manifests",
          primaryKey: "name",
          writeDisposition: "merge",
          // A manifest nests deeply and differently in each package: two levels are tables, the rest stays JSON.
          maxTableNesting: 1,
          // Maps from package name to version range: as JSON they are one column each instead of one column per dependency.
          columns: {
            dependencies: { data_type: "json" },
            devDependencies: { data_type: "json" },
            peerDependencies: { data_type: "json" },
            optionalDependencies: { data_type: "json" },
            scripts: { data_type: "json" },
            exports: { data_type: "json" },
          },
          // The whole answer is the row; without a selector the first list in it would be taken for the rows.
          endpoint: { path: "{packages.name}/latest", dataSelector: "$", paginator: "single_page" },
          onError: "skip",
        },
      ],
    },
    { name: "npm" },
  );
}
