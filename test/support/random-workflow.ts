/** A workflow of three to eight nodes of any kind, as front matter. The same numbers give the same workflow. */
export function randomWorkflow(random: () => number): { text: string; nodes: number } {
  const nodes = 3 + Math.floor(random() * 6);
  const ids = Array.from({ length: nodes }, (_, index) => `n${index}`);
  const lines = ids.map((id, index) => {
    const kind = pick(random, ["session_turn", "subagent", "subagent", "subagent", "approval"]);
    const needs = ids.slice(0, index).filter(() => random() < 0.4);
    const node = {
      id,
      title: `Part ${index}`,
      kind: index === nodes - 1 ? "summary" : kind,
      needs,
      prompt: "Look at it closely, compare it with what was found before, and write down what is wrong.",
      outputs: { mode: kind === "approval" ? "notify" : pick(random, ["report", "report", "notify"]) },
      ...(kind !== "approval" && random() < 0.5 ? { retries: { max: 1, backoffMs: 0 } } : {}),
    };
    // A child without files says nothing of its end where no plugin watches it.
    if (node.kind === "subagent" || node.kind === "summary") node.outputs = { mode: "report" };
    return `  - ${JSON.stringify(node)}\n`;
  });
  return {
    nodes,
    text: `---\nworkflowId: w\ntitle: W\ndefaults: { evidence: required }\nnodes:\n${lines.join("")}---\n`,
  };
}

function pick<Item>(random: () => number, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
