import { describe, expect, it } from "vitest";
import { parseText, type TextPlace } from "./placeholders.js";

const RESOURCES = ["users", "user.groups", "posts"];

/** Parts as text: placeholders in angle brackets with what they stand for. */
function parse(text: string, place: TextPlace = "text"): { text: string; problems: readonly string[] } {
  const { parts, problems } = parseText(text, place, RESOURCES);
  const shown = parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.kind === "parent") return `<${part.resource}|${part.jsonPath}>`;
    return part.kind === "incremental" ? `<${part.field}>` : `<param ${part.name}>`;
  });
  return { text: shown.join(""), problems };
}

describe("parseText", () => {
  it.each([
    ["{resources.users.id}", "<users|id>"],
    ["{users.id}", "<users|id>"],
    ["a {users.profile.items[0].id} b", "a <users|profile.items[0].id> b"],
    ["{resources.users['a b']}", "<users|['a b']>"],
    ["{resources.users.['a}b']}", "<users|['a}b']>"],
    ["{user.groups.id}", "<user.groups|id>"],
    ["{incremental.start_value}/{incremental.endValue}", "<startValue>/<endValue>"],
    ["{users.id}{posts.id}", "<users|id><posts|id>"],
    ["{users.items[0:2]}", "<users|items[0:2]>"],
    ["{users.items[?@.a!='b:c'].id}", "<users|items[?@.a!='b:c'].id>"],
    ["no braces", "no braces"],
  ])("finds the placeholders of %s", (text, parts) => {
    expect(parse(text)).toEqual({ text: parts, problems: [] });
  });

  it.each([
    ['{{"id": {resources.users.id}}}', '{"id": <users|id>}'],
    ['{{"a": {{"b": 1}}}}', '{"a": {"b": 1}}'],
    ["{{users.id}}", "{users.id}"],
  ])("takes doubled braces as single ones where all are doubled: %s", (text, parts) => {
    expect(parse(text).text).toBe(parts);
  });

  it.each([
    ["query { users { id }}", "query { users { id }}"],
    ['{"a":{"b":1}}', '{"a":{"b":1}}'],
    ["query { user(id: {resources.users.id}) { name }}", "query { user(id: <users|id>) { name }}"],
    ['{"q":{"id":{users.id}}}', '{"q":{"id":<users|id>}}'],
    ["{}", "{}"],
    ["${name} {other.thing}", "${name} {other.thing}"],
  ])("leaves other braces alone outside of paths: %s", (text, parts) => {
    expect(parse(text)).toEqual({ text: parts, problems: [] });
  });

  it("takes plain names in a path as parameters and unescapes doubled braces once", () => {
    expect(parse("a/{{x}}/{org}", "path")).toEqual({ text: "a/{x}/<param org>", problems: [] });
  });

  it.each(["{ user.id }", "{other.id}", "{{userz.id}}", '{"a": {userz.id}}', "query { a(id: {userz.id}) { b } }"])(
    "leaves %s in a text alone",
    (text) => {
      expect(parse(text, "text").problems).toEqual([]);
    },
  );

  it.each<[string, TextPlace, RegExp]>([
    ["{resources.userz.id}", "text", /there is no "userz"; did you mean "users"\?/],
    ["{resources.users}", "text", /needs a resource and a field/],
    ["{resources.users.}", "text", /needs a field of the parent/],
    ["{incremental.start}", "text", /no value of a cursor \(known: start_value, initial_value/],
    ["{userz.id}", "text", /names no resource "userz"; did you mean "users"\?/],
    ["of {userz.id} and {users.id}", "text", /\{userz\.id\} names no resource "userz"/],
    ["x/{userz.id}", "path", /no resource "userz"; did you mean "users"\?/],
    ["x/{}", "path", /empty braces/],
    ["x/{a b}", "path", /no meaning/],
    ["x/{a", "path", /single "\{"/],
    ["x/a}", "path", /single "\}"/],
    ["{users.id:>5}", "text", /has the format ":>5", which is not supported; change the value with a map step/],
    ["{resources.users.id!r}", "params", /has the format "!r"/],
    ["x/{id!r:>5}", "path", /has the format "!r:>5"/],
    ["{incremental.start_value:%Y}", "params", /has the format ":%Y"/],
    ["{userz.id}", "params", /names no resource "userz"; did you mean "users"\?/],
  ])("reports %s in %s", (text, place, problem) => {
    expect(parse(text, place).problems.join("\n")).toMatch(problem);
  });
});
