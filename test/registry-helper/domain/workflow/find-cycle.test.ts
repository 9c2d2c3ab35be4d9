import { expect, it } from "vitest";
import { findCycle } from "../../../../registry-helper/domain/workflow/find-cycle.ts";

const graph = (text: string): { id: string; needs: string[] }[] =>
  text.split(" ").map((part) => {
    const [id = "", needs = ""] = part.split("<");
    return { id, needs: needs === "" ? [] : needs.split(",") };
  });

it.each([
  ["a b<a c<a,b", undefined],
  ["a<a", ["a", "a"]],
  ["a<b b<c c<a", ["a", "b", "c", "a"]],
  ["start a<start,c b<a c<b", ["a", "c", "b", "a"]],
  ["a b<a c<b d<b,c", undefined],
])("findCycle for %s returns %j", (text, cycle) => {
  expect(findCycle(graph(text))).toEqual(cycle);
});

it("findCycle finds a cycle of 10,000 nodes", () => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => ({
    id: `n${index}`,
    needs: [`n${(index + 1) % 10_000}`],
  }));
  expect(findCycle(nodes)).toHaveLength(10_001);
});
