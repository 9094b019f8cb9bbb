import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGED_APIS, pageCountOf, firstRequest, type PagedApi } from "../testing/paged-apis.js";
import { aPage, walk } from "../testing/pages.js";
import { createPaginator } from "./registry.js";

const single: PagedApi = {
  name: "single_page",
  config: { type: "single_page" },
  answer: () => () => ({ body: [1] }),
  requests: () => 1,
};

describe.each([...PAGED_APIS, single])("contract: $name", (paged) => {
  const { config, answer: api, requests = pageCountOf, knowsTotal = false } = paged;
  const request = firstRequest(paged);
  const paginator = createPaginator(config);
  const sizes = fc.record({ total: fc.integer({ min: 0, max: 40 }), size: fc.integer({ min: 1, max: 7 }) });

  it("reads all pages once and stops", () => {
    fc.assert(
      fc.property(sizes, ({ total, size }) => {
        const run = walk(paginator, api(total, size), request);
        expect(run.stop).not.toBe("endless");
        expect(run.requests).toHaveLength(requests(total, size));
      }),
    );
  });

  it("has states that JSON carries, and goes on from any of them", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ total, size }, at) => {
        const whole = walk(paginator, api(total, size), request);
        expect(JSON.parse(JSON.stringify(whole.states))).toEqual(whole.states);
        const index = at % whole.states.length;
        const state = whole.states[index] ?? null;
        const rest = walk(createPaginator(config), api(total, size), request, { state, page: index + 1 });
        expect(rest.requests).toEqual(whole.requests.slice(index));
        expect(rest.stop).toBe(whole.stop);
      }),
    );
  });

  it("names ahead only what it asks for in the end", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), ({ total, size }, count) => {
        const answer = api(total, size);
        const { requests: sent, states } = walk(paginator, answer, request);
        for (const i of states.keys()) {
          const next = states[i + 1];
          const facts = aPage(answer(sent[i] ?? request), sent[i], i + 1);
          const ahead = next === undefined ? [] : (paginator.ahead?.(next, facts, count) ?? []);
          const expected = sent.slice(i + 2, i + 2 + count);
          expect(ahead.map((early) => paginator.apply(request, early))).toEqual(knowsTotal ? expected : []);
        }
      }),
    );
  });

  it("changes neither request nor state nor response", () => {
    const answer = api(20, 3);
    const frozen = deepFreeze(structuredClone(request));
    const state = deepFreeze(paginator.start(frozen));
    const sent = deepFreeze(paginator.apply(frozen, state));
    const facts = aPage(answer(sent), sent);
    deepFreeze(facts.response.json());
    expect(paginator.next(state, facts)).toEqual(paginator.next(state, facts));
    expect(frozen).toEqual(request);
  });

  it("ends at an empty body", () => {
    const step = paginator.next(paginator.start(request), aPage({}));
    expect(step).toHaveProperty("stop");
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
