/** Text of one file of the starter, by its path in the new folder. */
export type StarterFiles = ReadonlyMap<string, string>;

/** Lines that the starter needs in `.gitignore`: what holds secrets, data or packages in flight. */
export const IGNORED: readonly string[] = [
  "node_modules/",
  ".sluice/secrets.toml",
  ".sluice/tokens/",
  ".sluice/pipelines/",
  "*.duckdb",
  "*.duckdb.wal",
];

/**
 * A pipeline that works as it is: a public API without a token, one list and the details behind it, merged by name.
 *
 * @param name name of the new package
 * @param version version of sluice that the package depends on
 */
export function starterFiles(name: string, version: string): StarterFiles {
  const manifest = {
    name,
    private: true,
    type: "module",
    scripts: { load: "sluice run pipeline.ts", check: "sluice check pipeline.ts" },
    dependencies: { sluice: `^${version}` },
  };
  return new Map([
    ["pipeline.ts", PIPELINE],
    [".sluice/config.toml", CONFIG],
    [".sluice/secrets.toml", SECRETS],
    ["package.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
    ["tsconfig.json", TSCONFIG],
  ]);
}

const PIPELINE = `import { config, definePipeline, duckdb, restApiSource } from "sluice";

// Run it:  npx sluice run pipeline.ts --limit 1     (the first page of each resource)
//          npx sluice run pipeline.ts               (everything)
export default definePipeline({
  pipelineName: "pokemon",
  destination: duckdb("pokemon.duckdb"),
  datasetName: "pokemon_data",
  source: restApiSource(
    {
      client: {
        // From .sluice/config.toml; the variable SOURCES__POKEMON__BASE_URL wins over it.
        baseUrl: config.get("sources.pokemon.base_url"),
        // An API with a token takes it from .sluice/secrets.toml or SOURCES__POKEMON__TOKEN (import { secrets } as well):
        // auth: { type: "bearer", token: secrets.get("sources.pokemon.token") },
      },
      resourceDefaults: { primaryKey: "name", writeDisposition: "merge" },
      resources: [
        {
          name: "pokemon",
          // The list's pages are found by the link in "next".
          endpoint: { path: "pokemon", params: { limit: 100 }, dataSelector: "results", paginator: { type: "json_link", nextUrlPath: "next" } },
        },
        {
          name: "species",
          // One request per row of the list; keep what is deep as JSON.
          endpoint: { path: "pokemon-species/{resources.pokemon.name}", paginator: "single_page" },
          maxTableNesting: 0,
          onError: "skip",
        },
      ],
    },
    { name: "pokemon" },
  ),
});
`;

const CONFIG = `# Settings that are no secrets. Every key can also be given as a variable: SOURCES__POKEMON__BASE_URL.
[sources.pokemon]
base_url = "https://pokeapi.co/api/v2/"
`;

const SECRETS = `# Secrets: not for version control. Every key can also be given as a variable: SOURCES__POKEMON__TOKEN.
[sources.pokemon]
# token = "put your token here"
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "strict": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;
