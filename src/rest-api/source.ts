import { isPlainObject } from "../core/json.js";
import { registerSecretFields } from "../core/redaction.js";
import type { SchemaContractHint } from "../extract/hints.js";
import { Resource, type ResourceDefinition } from "../extract/resource.js";
import { Source } from "../extract/source.js";
import { isCredentialHeaderName } from "../rest/headers.js";
import { compilePath } from "../rest/json-path.js";
import { resolveRateLimit } from "../rest/pace/rate-limit.js";
import { authShapes } from "../rest/auth/index.js";
import { createPaginator, paginatorShapes } from "../rest/paginators/index.js";
import type { NamingName } from "../schema/naming/registry.js";
import { compileResponseActions } from "../rest/response-actions.js";
import { RestClient } from "../rest/rest-client.js";
import { joinUrl } from "../rest/url.js";
import { parentLink } from "./binding.js";
import { canonicalise, type Canonical, type ConfigProblem } from "./canonical.js";
import type { CanonicalClient, CanonicalConfig } from "./canonical-config.js";
import type { Checked, ConfigLike } from "./checks.js";
import { Credentials, paginatorOf } from "./connection.js";
import { dataResource } from "./data-resource.js";
import { EndpointReader } from "./endpoint-reader.js";
import { fingerprintOf } from "./fingerprint.js";
import { keepsDigits, hintsOf, stepsOf } from "./hints.js";
import { withoutNulls } from "./nulls.js";
import { actionsOf, planSource, type ResourcePlan, type SourcePlan } from "./plan.js";
import { SingleEntityPaginator } from "./single-entity.js";
import { configKeys } from "./schema.js";
import { formatPath, keysInSnakeCase, toCamel, toSnake } from "./spelling.js";
import { configError, structuralProblems } from "./validation.js";

/** Options of {@link restApiSource}. */
export interface RestApiSourceOptions {
  /** Name of the source, of its schema, of its state, and of its section in the secrets. Default `rest_api`. */
  readonly name?: string;
  /** Default for resources that say nothing: 0 keeps nested values as JSON. */
  readonly maxTableNesting?: number;
  /** True: every nested table gets `_dlt_root_id`. */
  readonly rootKey?: boolean;
  readonly schemaContract?: SchemaContractHint;
  /** How tables and columns are named; see {@link PipelineOptions.naming}. */
  readonly naming?: NamingName;
}

const DEFAULT_NAME = "rest_api";

/**
 * A source from the declaration of a REST API, in camelCase ({@link RestApiConfig}) or in dlt's snake_case
 * ({@link SnakeRestApiConfig}). Nothing is requested; everything that can be checked without the network is.
 *
 * A config literal is checked by the compiler as well: keys, options, names in placeholders.
 *
 * @throws ConfigError with every problem and its path, in the spelling of the config.
 * @throws MissingConfigError when credentials are neither in the config nor among the secrets.
 */
export function restApiSource<const C extends ConfigLike>(
  config: C & Checked<C>,
  options: RestApiSourceOptions = {},
): Source {
  return restApiSourceFrom(config, options);
}

/** The resources of {@link restApiSource}, for a source of one's own. Secrets are looked up as for a source named `rest_api`. */
export function restApiResources<const C extends ConfigLike>(config: C & Checked<C>): Resource[] {
  return buildResources(config, DEFAULT_NAME);
}

/** {@link restApiSource} for a config whose type is not known: read from a file, made by a program. The checks at run time are the same. */
export function restApiSourceFrom(config: unknown, options: RestApiSourceOptions = {}): Source {
  const { name = DEFAULT_NAME, ...rest } = options;
  return new Source({ name, resources: buildResources(config, name), ...rest });
}

/** Every problem of a config that can be found without the network and without the secrets; none: the list is empty. */
export function validateRestApiConfig(config: unknown): ConfigProblem[] {
  return [...plan(config).problems];
}

interface Planned extends Partial<SourcePlan> {
  readonly canonical: Canonical;
  readonly config?: CanonicalConfig;
  readonly problems: readonly ConfigProblem[];
}

function plan(given: unknown): Planned {
  const canonical = canonicalise(given);
  const structural = structuralProblems(canonical);
  if (structural.length > 0) {
    const others = problemsElsewhere(structural, canonical);
    return { canonical, problems: inUsersWords([...structural, ...others], canonical) };
  }
  // The schema has accepted it: this is its type.
  const config = canonical.config as CanonicalConfig;
  const planned = planSource(config, canonical);
  return { canonical, config, ...planned, problems: inUsersWords(planned.problems, canonical) };
}

/** What else is wrong, in the parts of the config whose structure is right. */
function problemsElsewhere(structural: readonly ConfigProblem[], canonical: Canonical): readonly ConfigProblem[] {
  const { config: whole } = canonical;
  if (!isPlainObject(whole) || !Array.isArray(whole["resources"])) return [];
  // Where it is not as the type says it is not looked at.
  const config = canonical.config as CanonicalConfig;
  const broken = { client: false, resources: new Set<number>() };
  for (const { path } of structural) {
    const [part = "", position] = path;
    if (part === "client") broken.client = true;
    if (toCamel(String(part)) === "resourceDefaults") config.resources.forEach((_, i) => broken.resources.add(i));
    if (part === "resources" && typeof position === "number") broken.resources.add(position);
  }
  return planSource(config, canonical, broken).problems;
}

/** The keys that messages name, as the user spells them. */
function inUsersWords(problems: readonly ConfigProblem[], canonical: Canonical): readonly ConfigProblem[] {
  if (problems.length === 0 || canonical.spell("baseUrl") === "baseUrl") return problems;
  const options = [...paginatorShapes().values(), ...authShapes().values()].flatMap((shapes) => [...shapes.keys()]);
  const keys = new Set([...configKeys(), ...options].filter((key) => toSnake(key) !== key));
  return problems.map((problem) => ({ ...problem, message: keysInSnakeCase(problem.message, keys) }));
}

function buildResources(given: unknown, source: string): Resource[] {
  const { canonical, config, resources, problems } = plan(given);
  if (config === undefined || resources === undefined || problems.length > 0) throw configError(problems);
  const credentials = new Credentials(source, (key) => canonical.spell(key));
  const client = buildClient(config.client, credentials, canonical);
  return resources.map((entry) => {
    if ("foreign" in entry) return entry.foreign as Resource;
    if ("data" in entry) return dataResource(config.client, entry.config, entry.data);
    return buildResource(entry, config.client, client, credentials);
  });
}

function buildClient(config: CanonicalClient, credentials: Credentials, canonical: Canonical): RestClient {
  const auth = credentials.authOf(config.auth, formatPath(canonical.userPath(["client", "auth"])));
  // Paginators are chosen per resource.
  return new RestClient({ ...withoutNulls({ ...config, paginator: null }), auth: auth ?? null });
}

function buildResource(
  planned: ResourcePlan,
  clientConfig: CanonicalClient,
  client: RestClient,
  credentials: Credentials,
): Resource {
  const { name, config, endpoint, parents, included } = planned;
  const { path, auth, responseActions, responseFormat, rateLimit } = config.endpoint ?? {};
  const limit = resolveRateLimit(rateLimit);
  const [parent] = parents;
  registerSecretFields(config.endpoint?.headers, isCredentialHeaderName);
  registerSecretFields(config.endpoint?.params);
  const ownAuth = credentials.authOf(auth, planned.authPath);
  const usedAuth = ownAuth === undefined ? credentials.authOf(clientConfig.auth, planned.authPath) : ownAuth;
  const reader = new EndpointReader({
    resource: name,
    client,
    endpoint,
    auth: ownAuth,
    ...rowsAndPages(planned, clientConfig),
    actions: compileResponseActions(actionsOf(responseActions)),
    format: responseFormat ?? undefined,
    numbers: keepsDigits(hintsOf(config)) ? "exact" : undefined,
    primaryKey: [config.primaryKey ?? []].flat(),
    // Queries and user names may hold secrets, and say nothing of the endpoint.
    rateLimit: {
      scope: `${endpoint.method} ${joinUrl(client.baseUrl, path ?? name).replace(/[?#].*$|(?<=\/\/)[^/]*@/gs, "")}`,
      limit,
    },
  });
  const definition: ResourceDefinition = {
    name,
    reader,
    hints: hintsOf(config),
    steps: stepsOf(config),
    selected: config.selected ?? true,
    onError: config.onError ?? "fail",
    fingerprint: fingerprintOf(clientConfig, config, usedAuth?.account),
    ...(parent === undefined
      ? {}
      : {
          parent: parentLink(name, parent, {
            placeholders: endpoint.parents,
            included,
            parentsPerRequest: endpoint.parentsPerRequest,
          }),
        }),
    ...(endpoint.incremental === undefined ? {} : { incremental: endpoint.incremental }),
    ...(config.limit === undefined || config.limit === null ? {} : { limit: config.limit }),
  };
  return new Resource(definition);
}

/**
 * Where the rows are and how the pages go on: the endpoint's word, else the single-entity rule for paths that name one
 * thing, else the client's, else what the first response shows. `auto` at the endpoint means the last.
 */
function rowsAndPages(
  { config, endpoint }: ResourcePlan,
  client: CanonicalClient,
): Pick<ConstructorParameters<typeof EndpointReader>[0], "paginator" | "selector" | "namesOne"> {
  const { dataSelector, paginator } = config.endpoint ?? {};
  const own = paginatorOf(paginator);
  const shared = paginatorOf(client.paginator);
  const detecting = createPaginator("auto");
  const given = typeof dataSelector === "string" && dataSelector !== "" ? compilePath(dataSelector) : undefined;
  if (!endpoint.path.namesOne) return { selector: given, paginator: own ?? shared ?? detecting };
  // Whoever names a paginator that goes on has a list in mind; one page of one thing is that thing.
  if (own !== undefined && own.type !== "single_page") return { selector: given, paginator: own };
  const selector = given;
  if (own !== undefined) return { selector, namesOne: true, paginator: own };
  return { selector, namesOne: true, paginator: new SingleEntityPaginator(selector, shared, detecting) };
}
