import { describe, expect, it } from "vitest";
import type { JsonValue } from "../core/json.js";
import { encodeBody } from "../rest/body.js";
import { MissingParentFieldError, parentLink } from "./binding.js";
import type { CanonicalEndpoint } from "./canonical-config.js";
import { compileEndpoint } from "./endpoint-plan.js";
import { buildRequest, type EndpointRequest } from "./request-template.js";

// dlt's table of interpolations (tests/sources/rest_api/test_interpolation.py, 77 cases). Its placeholders stand for
// entries of a dictionary, `{id}`; here they are fields of a parent's row, `{p.id}`.

type Fields = Record<string, unknown>;

function compile(endpoint: CanonicalEndpoint, resources: readonly string[] = ["p"]) {
  const problems: string[] = [];
  const plan = compileEndpoint(endpoint, resources, (path, problem) => problems.push(`${path.join(".")}: ${problem}`));
  return { plan, problems };
}

/** The request of the only page for one row of the parent, as the journal would give it back. */
function requestFor(endpoint: CanonicalEndpoint, row: Fields): EndpointRequest {
  const { plan, problems } = compile(endpoint);
  expect(problems).toEqual([]);
  const [bound] = parentLink("c", "p", { placeholders: plan.parents, included: [] }).bind([row]);
  const restored = JSON.parse(JSON.stringify(bound)) as JsonValue;
  return buildRequest("c", plan, { bound: restored, incremental: undefined, window: undefined });
}

const json = (value: unknown, row: Fields): unknown =>
  (requestFor({ path: "", json: { v: value } }, row).json as { v?: unknown }).v;

/** What a form has under `v`. */
function form(value: unknown, row: Fields): string[] {
  const { data } = requestFor({ path: "", data: { v: value } }, row);
  const body = data === undefined ? undefined : encodeBody({ data });
  return new URLSearchParams(String(body?.bytes ?? "")).getAll("v");
}

describe("dlt's interpolations with the type kept (in json)", () => {
  it.each<[string, unknown, Fields, unknown]>([
    ["string", "posts/{p.id}", { id: 1 }, "posts/1"],
    ["string_with_dots", "posts/{resources.p.id}", { id: 1 }, "posts/1"],
    [
      "dict",
      { id: "{p.id}", name: "{p.name}", sort: "asc" },
      { id: "1", name: "John" },
      { id: "1", name: "John", sort: "asc" },
    ],
    [
      "dict_with_dots",
      { id: "{resources.p.id}", name: "{resources.p.name}", sort: "asc" },
      { id: "1", name: "John" },
      { id: "1", name: "John", sort: "asc" },
    ],
    [
      "nested_json_body",
      { dict: { b: { c: "{p.id}" }, list: ["{p.id}", "{p.id2}"] } },
      { id: 1, id2: 2 },
      { dict: { b: { c: 1 }, list: [1, 2] } },
    ],
    [
      "nested_json_body_with_dots",
      { dict: { b: { c: "{resources.p.id}" }, list: ["{resources.p.id}", "{resources.p.id2}"] } },
      { id: 1, id2: 2 },
      { dict: { b: { c: 1 }, list: [1, 2] } },
    ],
    ["string_with_escaped_braces", "posts/{p.id}/{{not_this}}", { id: 1 }, "posts/1/{not_this}"],
    ["string_with_mixed_braces", "posts/{{not_this}}/{p.id}/{{also}}", { id: 1 }, "posts/{not_this}/1/{also}"],
    [
      "nested_dict_with_escaped_braces",
      { path: "posts/{p.id}/{{not_this}}", nested: { path: "{{not_this}}/{p.id}/{{also_not}}", value: "{p.id}" } },
      { id: 1 },
      { path: "posts/1/{not_this}", nested: { path: "{not_this}/1/{also_not}", value: 1 } },
    ],
    [
      "mixed_structures_with_escaped_braces",
      { list: ["{{not_this}}", "{p.id}", "{{also_not}}"], dict: { key: "{{not_this}}", value: "{p.id}" } },
      { id: 1 },
      { list: ["{not_this}", 1, "{also_not}"], dict: { key: "{not_this}", value: 1 } },
    ],
    ["triple_braces", "posts/{{{p.id}}}", { id: 1 }, "posts/{1}"],
    ["double_escaped_braces", "posts/{{{{not_this}}}}/{p.id}", { id: 1 }, "posts/{{not_this}}/1"],
    ["escaped_braces_with_placeholder", "posts/{{not_this {p.id}}}", { id: 1 }, "posts/{not_this 1}"],
    ["none", null, {}, null],
    ["empty_string_placeholder", "posts/{p.id}", { id: "" }, "posts/"],
    ["empty_containers", { list: [], dict: {} }, {}, { list: [], dict: {} }],
    [
      "mixed_nested_structures",
      { mixed: [{ id: "{p.id}" }, 123, ["{p.value}", true], { nested: { key: "{p.key}" } }] },
      { id: "test", value: 456, key: "nested" },
      { mixed: [{ id: "test" }, 123, [456, true], { nested: { key: "nested" } }] },
    ],
    [
      "special_chars_in_placeholders",
      "user/{p.user@domain}/settings/{p.setting-name}",
      { "user@domain": "john@example.com", "setting-name": "theme" },
      "user/john@example.com/settings/theme",
    ],
    ["unicode_chars", "{p.name} ❤️ {p.id}", { name: "测试", id: "テスト" }, "测试 ❤️ テスト"],
    ["single_placeholder_no_text", "{p.id}", { id: 42 }, 42],
    ["two_placeholders_no_text", "{p.id}{p.id}", { id: 42 }, "4242"],
    ["two_different_placeholders", "{p.id}{p.id2}", { id: 42, id2: 100 }, "42100"],
    ["two_placeholders_with_text", "{p.id} {p.id2}", { id: 42, id2: 100 }, "42 100"],
    ["single_placeholder_with_dots_no_text", "{resources.p.id}", { id: 42 }, 42],
    ["single_placeholder_with_leading_text", "prefix{p.id}", { id: 42 }, "prefix42"],
    ["single_placeholder_with_trailing_text", "{p.id}suffix", { id: 42 }, "42suffix"],
    ["single_placeholder_none_value", "{p.id}", { id: null }, null],
    ["single_placeholder_boolean_value", "{p.id}", { id: true }, true],
    ["single_placeholder_float_value", "{p.id}", { id: 3.14 }, 3.14],
    ["single_placeholder_list_value", "{p.id}", { id: [1, 2, 3] }, [1, 2, 3]],
    ["single_placeholder_dict_value", "{p.id}", { id: { key: "value" } }, { key: "value" }],
    ["single_placeholder_empty_string", "{p.id}", { id: "" }, ""],
    ["single_placeholder_zero", "{p.id}", { id: 0 }, 0],
    ["single_placeholder_negative", "{p.id}", { id: -1 }, -1],
    ["single_placeholder_scientific_notation", "{p.id}", { id: 1e10 }, 1e10],
    // Different: dlt keeps Python bytes, which then cannot be sent as JSON.
    ["single_placeholder_bytes", "{p.id}", { id: new TextEncoder().encode("bytes") }, "Ynl0ZXM="],
  ])("%s", (_, template, row, expected) => {
    expect(json(template, row)).toEqual(expected);
  });
});

describe("dlt's interpolations as text (in params, headers, forms)", () => {
  it.each<[string, unknown, Fields, readonly string[]]>([
    ["escaped_braces_with_placeholder_no_preserve", "posts/{{not_this {p.id}}}", { id: 1 }, ["posts/{not_this 1}"]],
    ["none_no_preserve", null, {}, []],
    ["empty_string_placeholder_no_preserve", "posts/{p.id}", { id: "" }, ["posts/"]],
    [
      "special_chars_in_placeholders_no_preserve",
      "user/{p.user@domain}/settings/{p.setting-name}",
      { "user@domain": "john@example.com", "setting-name": "theme" },
      ["user/john@example.com/settings/theme"],
    ],
    ["two_different_placeholders_no_preserve", "{p.id}{p.id2}", { id: 42, id2: 100 }, ["42100"]],
    ["single_placeholder_no_text_no_preserve", "{p.id}", { id: 42 }, ["42"]],
    ["single_placeholder_with_dots_no_text_no_preserve", "{resources.p.id}", { id: 42 }, ["42"]],
    ["single_placeholder_with_leading_text_no_preserve", "prefix{p.id}", { id: 42 }, ["prefix42"]],
    ["single_placeholder_with_trailing_text_no_preserve", "{p.id}suffix", { id: 42 }, ["42suffix"]],
    ["single_placeholder_float_value_no_preserve", "{p.id}", { id: 3.14 }, ["3.14"]],
    ["single_placeholder_empty_string_no_preserve", "{p.id}", { id: "" }, [""]],
    ["single_placeholder_zero_no_preserve", "{p.id}", { id: 0 }, ["0"]],
    ["single_placeholder_negative_no_preserve", "{p.id}", { id: -1 }, ["-1"]],
  ])("%s", (_, template, row, expected) => {
    expect(form(template, row)).toEqual(expected);
  });

  // Different: dlt sends the text forms of Python.
  it.each<[string, Fields, readonly string[], string]>([
    ["single_placeholder_none_value_no_preserve", { id: null }, [], "None"],
    ["single_placeholder_boolean_value_no_preserve", { id: true }, ["true"], "True"],
    ["single_placeholder_list_value_no_preserve", { id: [1, 2, 3] }, ["1", "2", "3"], "[1, 2, 3]"],
    // As v[key]=value.
    ["single_placeholder_dict_value_no_preserve", { id: { key: "value" } }, [], "{'key': 'value'}"],
    ["single_placeholder_scientific_notation_no_preserve", { id: 1e10 }, ["10000000000"], "10000000000.0"],
    ["single_placeholder_bytes_no_preserve", { id: new TextEncoder().encode("bytes") }, ["Ynl0ZXM="], "b'bytes'"],
  ])("%s differs", (_, row, expected, dlt) => {
    expect(form("{p.id}", row)).toEqual(expected);
    expect(expected).not.toEqual([dlt]);
  });
});

describe("dlt's formats are refused", () => {
  // single_placeholder_with_format_spec and …_with_conversion, each with and without the type kept.
  it.each<[string, CanonicalEndpoint]>([
    [":>5", { json: { v: "{p.id:>5}" } }],
    [":>5", { data: { v: "{p.id:>5}" } }],
    ["!r", { json: { v: "{p.id!r}" } }],
    ["!r", { data: { v: "{p.id!r}" } }],
  ])("%s in %j", (format, endpoint) => {
    expect(compile({ path: "", ...endpoint }).problems).toEqual([
      expect.stringContaining(`has the format "${format}", which is not supported`),
    ]);
  });
});

describe("dlt's missing values", () => {
  it.each(["posts/{p.id}", "posts/{resources.p.id}"])("%s", (path) => {
    expect(() => requestFor({ path }, { other: 1 })).toThrow(MissingParentFieldError);
  });
});

describe("dlt's search for expressions", () => {
  const found = (endpoint: CanonicalEndpoint): string[] => {
    const { plan } = compile({ path: "", ...endpoint }, ["r"]);
    return [...new Set(plan.parents.map(({ source }) => source))];
  };
  it.each<[string, CanonicalEndpoint, readonly string[]]>([
    ["string_with_dots", { path: "posts/{resources.r.id}" }, ["{resources.r.id}"]],
    ["dict", { params: { id: "{r.id}", name: "{r.name}", sort: "asc" } }, ["{r.id}", "{r.name}"]],
    [
      "nested_json_body",
      { json: { dict: { b: { c: "{r.id}" }, list: ["{r.id}", "{r.id2}"] } } },
      ["{r.id}", "{r.id2}"],
    ],
    ["string_without_placeholders", { path: "just a string" }, []],
    ["empty_string", { path: "" }, []],
    ["string_with_prefixes", { data: "blog/{r.blog.id}/{not_this}" }, ["{r.blog.id}"]],
    ["string_with_escaped_braces and a placeholder", { path: "blog/{r.blog.id}/{{not_this}}" }, ["{r.blog.id}"]],
    ["string_with_escaped_braces", { path: "blog/{{not_this}}" }, []],
    ["string_nested_escaped_braces", { data: "{{not_this}} {{ and {{not_that}} }}" }, []],
    ["string_with_escaped_braces_and_prefixes", { data: "blog/{{r.not.this}}/{{not_this}}" }, []],
    [
      "dict_with_escaped_braces",
      {
        json: {
          a: { b: "{r.blog.id}" },
          c: "{{r.not.this}}",
          d: "{{r.not.this {{r.nor.this}}}}",
          graphql: { query: 'query Entity {{\n  entity(id: "123") {{\n    id\n    name\n  }}\n}}' },
        },
      },
      ["{r.blog.id}"],
    ],
  ])("%s", (_, endpoint, expected) => {
    expect(found(endpoint)).toEqual(expected);
  });

  it("string: a plain name in a path is a parameter", () => {
    const { plan, problems } = compile({ path: "posts/{id}", params: { id: 1 } });
    expect([plan.path.parts, problems]).toEqual([["posts/", "1"], []]);
  });

  it("differs where some braces are doubled and others mean nothing: such a text is literal", () => {
    expect(found({ data: "blog/{{r.not.this}}/{not_this}" })).toEqual(["{r.not.this}"]);
  });
});

describe("dlt's expressions as fields of a parent", () => {
  it.each([
    ["simple_expression", "{resources.posts.id}", "posts", "id"],
    ["expression_with_dots1", "{resources.posts.blog.id}", "posts", "blog.id"],
    ["expression_with_dots2", "{resources.a.b.c.d}", "a", "b.c.d"],
  ])("%s", (_, expression, resource, jsonPath) => {
    const { plan } = compile({ path: `x/${expression}` }, ["posts", "a"]);
    expect(plan.parents).toEqual([{ kind: "parent", resource, jsonPath, source: expression }]);
  });

  it("needs a field", () => {
    expect(compile({ path: "x/{resources.name}" }, ["name"]).problems).toEqual([
      expect.stringMatching(
        /placeholder \{resources\.name\} needs a resource and a field: \{resources\.<name>\.<field>\}/,
      ),
    ]);
  });
});
