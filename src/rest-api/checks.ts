import type { Resource } from "../extract/resource.js";
import type { Auth } from "../rest/auth/auth.js";
import type { AuthConfigs } from "../rest/auth/index.js";
import type { RateLimit } from "../rest/pace/rate-limit.js";
import type {
  ClientConfig,
  EndpointConfig,
  IncrementalParam,
  ResolveParam,
  ResourceConfig,
  ResourceDefaults,
  RestApiConfig,
} from "./config.js";
import type { Snake, SnakeRestApiConfig } from "./snake-case.js";

/**
 * Checks of a config literal by the compiler, beyond the types of its keys: unknown keys, placeholders that name no
 * declared resource, resources that depend on themselves, `includeFromParent` without a parent.
 *
 * They see literals only: an inline config, or one that was checked by `satisfies`. Where a type has lost them (a config
 * in a variable, computed names) the check gives way and leaves the matter to the validation at run time: a valid config
 * is never refused.
 *
 * The mistakes stand where they were made, so that they are underlined in an inline config. The sum of them comes first:
 * of a variable the compiler reports that alone.
 */
export type Checked<C> =
  IsWidened<C> extends true
    ? unknown
    : Sum<Entries<C>, Names<C>, DefaultsOf<C>> &
        (IsSnake<C> extends true ? SnakeRestApiConfig : RestApiConfig) &
        KnownKeys<C, TopKeys> &
        Parts<C>;

/** What is wrong with the value at which the compiler reports this type. */
export interface ConfigMistake<Message extends string> {
  readonly "sluice: wrong config": Message;
}

/** What an unchecked argument must look like: a config whose literals may have been widened to `string`. */
export type ConfigLike = Loose<RestApiConfig> | Loose<SnakeRestApiConfig>;

type Loose<T> = T extends Kept
  ? T
  : T extends string
    ? string extends T
      ? T
      : T | (string & {})
    : T extends boolean
      ? boolean
      : T extends readonly (infer Item)[]
        ? readonly Loose<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Loose<T[K]> }
          : T;
type Kept = Resource<never> | Resource<unknown> | ((...args: never[]) => unknown) | Date | Uint8Array;

type TopKeys = keyof RestApiConfig | keyof SnakeRestApiConfig;
type ClientKeys = keyof ClientConfig | keyof Snake<ClientConfig>;
type ResourceKeys = keyof ResourceConfig | keyof Snake<ResourceConfig>;
type DefaultsKeys = keyof ResourceDefaults | keyof Snake<ResourceDefaults>;
type EndpointKeys = keyof EndpointConfig | keyof Snake<EndpointConfig>;

/** Every key of `T` that is not known becomes a mistake. */
type KnownKeys<T, Known> = {
  readonly [K in Exclude<keyof T, Known>]: ConfigMistake<`"${K & string}" is no known key`>;
};

type Get<T, K extends PropertyKey> = T extends unknown ? (K extends keyof T ? T[K] : undefined) : never;
type Entries<C> = Get<C, "resources">;
type EntryNames<T> = T extends readonly (infer Item)[] ? NameOf<Item> : never;
type NameOf<T> = T extends Resource<never> | Resource<unknown>
  ? never
  : T extends string
    ? T
    : T extends { readonly name: infer N }
      ? N
      : never;
type HasForeign<T> = T extends readonly (infer Item)[]
  ? Extract<Item, Resource<never> | Resource<unknown>> extends never
    ? false
    : true
  : false;

type IsWidened<C> = string extends EntryNames<Entries<C>> ? true : false;
type IsSnake<C> =
  Get<C, "client"> extends { readonly base_url: unknown } ? true : "resource_defaults" extends keyof C ? true : false;

/** The names that placeholders may refer to; `string` (anything) beside resources made by code, whose names have no literal type. */
type Names<C> = HasForeign<Entries<C>> extends true ? string : EntryNames<Entries<C>> & string;
type DefaultsOf<C> = Get<C, "resourceDefaults"> | Get<C, "resource_defaults">;

type Parts<C> = {
  readonly client: KnownKeys<Get<C, "client">, ClientKeys> & AuthPart<Get<C, "client">> & LimitPart<Get<C, "client">>;
  readonly resources: CheckedEntries<Entries<C>, Names<C>, DefaultsOf<C>>;
} & ("resourceDefaults" extends keyof C
  ? { readonly resourceDefaults: CheckedDefaults<C["resourceDefaults"]> }
  : unknown) &
  ("resource_defaults" extends keyof C
    ? { readonly resource_defaults: CheckedDefaults<C["resource_defaults"]> }
    : unknown);

/** What is wrong with the resources, in one place; `unknown` when nothing is. */
type Sum<T, Name extends string, Defaults> = T extends readonly unknown[]
  ? Joined<{ [I in keyof T]: EntryMistakes<T[I], Name, Defaults> }[number]>
  : unknown;
type Joined<Messages extends string> = [Messages] extends [never] ? unknown : ConfigMistake<Messages>;
type EntryMistakes<R, Name extends string, Defaults> = R extends string | Resource<never> | Resource<unknown>
  ? never
  : `resource "${Get<R, "name"> & string}": ${MessagesIn<EntryChecks<R, Name, Defaults>>}`;
type MessagesIn<T> =
  T extends ConfigMistake<infer Message>
    ? Message
    : T extends object
      ? { [K in keyof T]: MessagesIn<T[K]> }[keyof T]
      : never;

type CheckedEntries<T, Name extends string, Defaults> = { readonly [I in keyof T]: CheckedEntry<T[I], Name, Defaults> };

type CheckedDefaults<D> = D extends object
  ? KnownKeys<D, DefaultsKeys> &
      EndpointPart<D, KnownKeys<Get<D, "endpoint">, EndpointKeys> & AuthPart<Get<D, "endpoint">>>
  : unknown;

type CheckedEntry<R, Name extends string, Defaults> = R extends string | Resource<never> | Resource<unknown>
  ? unknown
  : R & // Without it a key that only the config has would count as excess.
      EntryChecks<R, Name, Defaults>;

type EntryChecks<R, Name extends string, Defaults> = KnownKeys<R, ResourceKeys> &
  EndpointPart<R, CheckedEndpoint<Get<R, "endpoint">, Name, Get<R, "name">>> &
  CheckedInclude<R, Name, Defaults, "includeFromParent"> &
  CheckedInclude<R, Name, Defaults, "include_from_parent">;

type EndpointPart<R, Check> = "endpoint" extends keyof R ? { readonly endpoint: Check } : unknown;

/** The compiler finds an unknown key in a list of limits by itself, in a single one it does not. */
type LimitPart<T> = T extends { readonly rateLimit: infer L }
  ? { readonly rateLimit: CheckedLimit<L> }
  : T extends { readonly rate_limit: infer L }
    ? { readonly rate_limit: CheckedLimit<L> }
    : unknown;
type CheckedLimit<L> = L extends readonly unknown[] | null | undefined ? unknown : KnownKeys<L, keyof RateLimit>;

type AuthPart<T> = T extends { readonly auth: infer A } ? { readonly auth: CheckedAuth<A> } : unknown;

/** Options of a kind that is known by a literal name; an instance and a name alone have none. */
type CheckedAuth<A> = A extends Auth | string | null | undefined
  ? unknown
  : A extends { readonly type: infer T extends keyof AuthConfigs }
    ? KnownKeys<A, keyof AuthConfigs[T] | keyof Snake<AuthConfigs[T]>>
    : A extends { readonly type: unknown }
      ? unknown
      : KnownKeys<A, "token">;

type CheckedEndpoint<E, Name extends string, Self> = E extends string
  ? CheckedPath<E, Name, Self>
  : E extends object
    ? KnownKeys<E, EndpointKeys> &
        AuthPart<E> &
        (E extends { readonly path: infer P extends string }
          ? { readonly path: CheckedPath<P, Name, Self> }
          : unknown) &
        (E extends { readonly params: infer Q extends object }
          ? { readonly params: { readonly [K in keyof Q]: CheckedParam<Q[K], Name, Self> } }
          : unknown) &
        (E extends { readonly json: infer J } ? { readonly json: CheckedTexts<J, Name, Self> } : unknown) &
        (E extends { readonly headers: infer H } ? { readonly headers: CheckedTexts<H, Name, Self> } : unknown)
    : unknown;

/** Every placeholder with a dot must mean something in a path. Escaped braces are left to the run time. */
type CheckedPath<P extends string, Name extends string, Self> = P extends `${string}{{${string}`
  ? unknown
  : CheckedExpression<Expressions<P>, Name, Self>;

/** In a parameter only a whole text counts, or one that says `resources`. */
type CheckedParam<V, Name extends string, Self> = V extends string
  ? V extends `${string}{{${string}`
    ? unknown
    : V extends `{${infer E}}`
      ? CheckedExpression<Expressions<`{${E}}`>, Name, Self>
      : CheckedExpression<Extract<Expressions<V>, `resources.${string}`>, Name, Self>
  : V extends { readonly type: "resolve" }
    ? KnownKeys<V, keyof ResolveParam> &
        (V extends { readonly resource: infer R extends string; readonly field: string }
          ? CheckedExpression<`resources.${R}.`, Name, Self>
          : ConfigMistake<'a parameter of type "resolve" needs "resource" and "field"'>)
    : V extends { readonly type: "incremental" }
      ? KnownKeys<V, keyof IncrementalParam | keyof Snake<IncrementalParam>> &
          (V extends { readonly cursorPath: string } | { readonly cursor_path: string }
            ? unknown
            : ConfigMistake<'a parameter of type "incremental" needs "cursorPath"'>)
      : unknown;

/** In bodies and headers, where other braces are literal, what says `resources`. */
type CheckedTexts<V, Name extends string, Self> = CheckedExpression<
  References<Exclude<Texts<V>, `${string}{{${string}`>>,
  Name,
  Self
>;
type References<S extends string> = string extends S
  ? never
  : S extends `${string}{resources.${infer E}}${infer Rest}`
    ? `resources.${E}` | References<Rest>
    : never;

type Expressions<S extends string> = string extends S
  ? never
  : S extends `${string}{${infer E}}${infer Rest}`
    ? E | Expressions<Rest>
    : never;

/** `unknown` when all is well: the mistakes of several expressions are joined. */
type CheckedExpression<E extends string, Name extends string, Self> = [Mistakes<E, Name, Self>] extends [never]
  ? unknown
  : ConfigMistake<Mistakes<E, Name, Self>>;

type Mistakes<E extends string, Name extends string, Self> = E extends `resources.${infer Rest}`
  ? ReferenceMistake<Rest, Name, Self>
  : E extends `incremental.${string}`
    ? never
    : E extends `${infer Root}.${string}`
      ? E extends `${string} ${string}` | `${string}"${string}`
        ? never
        : ReferenceMistake<E, Name, Self, Root>
      : never;

type ReferenceMistake<
  Rest extends string,
  Name extends string,
  Self,
  Root extends string = FirstKey<Rest>,
> = string extends Name
  ? never
  : Rest extends `${Self & string}.${string}` | `${Self & string}[${string}`
    ? "the resource depends on itself"
    : Rest extends `${Name}.${string}` | `${Name}[${string}`
      ? never
      : `no resource is named "${Root}"`;
type FirstKey<S extends string> = S extends `${infer Head}.${string}` ? Head : S;

type CheckedInclude<R, Name extends string, Defaults, Key extends string> = Key extends keyof R
  ? R[Key] extends readonly [unknown, ...unknown[]]
    ? HasParent<Get<R, "endpoint"> | Get<Defaults, "endpoint">, Name> extends false
      ? {
          readonly [
            K in Key
          ]: ConfigMistake<"the resource has no parent: no placeholder such as {resources.<parent>.<field>}">;
        }
      : unknown
    : unknown
  : unknown;

/** False when no text in the endpoint can be a placeholder of a parent. Texts without a literal type may be one. */
type HasParent<E, Name extends string> =
  Extract<
    Texts<E>,
    `${string}{resources.${string}` | `${string}{${Name}.${string}` | `${string}{${Name}[${string}` | "resolve"
  > extends never
    ? string extends Texts<E>
      ? true
      : false
    : true;

/** Every text in a value, keys included. */
type Texts<T> = T extends string
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends readonly (infer Item)[]
      ? Texts<Item>
      : T extends object
        ? (keyof T & string) | { [K in keyof T]: Texts<T[K]> }[keyof T]
        : never;
