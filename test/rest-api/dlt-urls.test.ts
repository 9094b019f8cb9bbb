import { validateRestApiConfig } from "sluice";
import { describe, expect, it } from "vitest";
import { joinUrl } from "../../src/rest/url.js";
import { formatPath } from "../../src/rest-api/spelling.js";

describe("dlt's table of URLs", () => {
  // dlt's table (tests/sources/helpers/rest_client/test_utils.py): 22 pairs, and 4 of wrong types.
  it.each([
    ["http://example.com", "path/to/resource", "http://example.com/path/to/resource"],
    ["http://example.com/", "/path/to/resource", "http://example.com/path/to/resource"],
    ["http://example.com/", "path/to/resource", "http://example.com/path/to/resource"],
    ["http://example.com", "//path/to/resource", "http://example.com/path/to/resource"],
    ["http://example.com///", "//path/to/resource", "http://example.com/path/to/resource"],
    ["http://example.com/", "/", "http://example.com/"],
    ["http://example.com", "/", "http://example.com/"],
    ["http://example.com/", "///", "http://example.com/"],
    ["http://example.com", "///", "http://example.com/"],
    ["/", "path/to/resource", "/path/to/resource"],
    ["/", "/path/to/resource", "/path/to/resource"],
    ["", "", ""],
    ["", "http://example.com/path/to/resource", "http://example.com/path/to/resource"],
    ["", "path/to/resource", "path/to/resource"],
    ["http://example.com", "", "http://example.com"],
    ["http://example.com", "path/to/resource?query=123", "http://example.com/path/to/resource?query=123"],
    ["http://example.com/", "path/to/resource#fragment", "http://example.com/path/to/resource#fragment"],
    ["http://example.com", "/path/to/resource with spaces", "http://example.com/path/to/resource with spaces"],
    ["http://example.com", "/path/with/中文", "http://example.com/path/with/中文"],
    ["https://sub.example.com", "path", "https://sub.example.com/path"],
    ["ftp://example.com", "/path", "ftp://example.com/path"],
    ["example.com", "path", "example.com/path"],
  ])("joins %j and %j as dlt does", (from, path, expected) => {
    expect(joinUrl(from, path)).toBe(expected);
  });

  // Different: dlt fails with the error of whatever operation comes first; here the place and the value are named.
  it.each([
    [null, "path", "client.baseUrl must be a text; found null"],
    ["http://example.com", null, undefined], // The path that is not given: the name of the resource.
    [123, "path", "client.baseUrl must be a text; found 123"],
    ["http://example.com", 123, "resources[0].endpoint.path must be a text; found 123"],
  ])("says what is wrong with %j and %j", (baseUrl, path, expected) => {
    const problems = validateRestApiConfig({ client: { baseUrl }, resources: [{ name: "a", endpoint: { path } }] });
    const found = problems.map((problem) => `${formatPath(problem.path)} ${problem.message}`);
    expect(found).toEqual(expected === undefined ? [] : [expected]);
  });
});
