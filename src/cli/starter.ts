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
 * @param format of the pipeline file
 */
export function starterFiles(name: string, version: string, format: "ts" | "yaml"): StarterFiles {
  const pipeline = `pipeline.${format}`;
  const manifest = {
    name,
    private: true,
    type: "module",
    scripts: { load: `sluice run ${pipeline}`, check: `sluice check ${pipeline}` },
    dependencies: { sluice: `^${version}` },
    // For editors and tsc: console, process and the rest of what a program uses beside sluice.
    ...(format === "ts" && { devDependencies: { "@types/node": "^20.19.0" } }),
  };
  return new Map([
    [pipeline, format === "ts" ? PIPELINE : YAML_PIPELINE],
    [".sluice/config.toml", CONFIG],
    [".sluice/secrets.toml", SECRETS],
    ["package.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
    ...(format === "ts" ? [["tsconfig.json", TSCONFIG] as const] : []),
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

const YAML_PIPELINE = `# yaml-language-server: $schema=./node_modules/sluice/dist/pipeline.schema.json
# Run it:  npx sluice run pipeline.yaml --limit 1     (the first page of each resource)
#          npx sluice run pipeline.yaml               (everything)
pipeline_name: pokemon
destination: pokemon.duckdb
dataset_name: pokemon_data
source:
  name: pokemon
  client:
    # From .sluice/config.toml; the variable SOURCES__POKEMON__BASE_URL wins over it.
    base_url: \${config.sources.pokemon.base_url}
    # An API with a token takes it from .sluice/secrets.toml or SOURCES__POKEMON__TOKEN:
    # auth: { type: bearer, token: "\${secrets.sources.pokemon.token}" }
  resource_defaults:
    primary_key: name
    write_disposition: merge
  resources:
    - name: pokemon
      endpoint:
        path: pokemon
        params: { limit: 100 }
        data_selector: results
        # The list's pages are found by the link in "next".
        paginator: { type: json_link, next_url_path: next }
    - name: species
      # One request per row of the list; keep what is deep as JSON.
      endpoint:
        path: pokemon-species/{resources.pokemon.name}
        paginator: single_page
      max_table_nesting: 0
      on_error: skip
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
    "types": ["node"],
    "strict": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;
