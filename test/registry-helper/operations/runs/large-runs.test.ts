import { expect, it } from "vitest";
import { claimNodes } from "../../../../registry-helper/operations/runs/claim-nodes.ts";
import { controlRun } from "../../../../registry-helper/operations/runs/control-run.ts";
import { finishNode } from "../../../../registry-helper/operations/runs/finish-node.ts";
import { getRunSteps } from "../../../../registry-helper/operations/runs/next-steps.ts";
import { scaffoldRun } from "../../../../registry-helper/operations/runs/scaffold-run.ts";
import { tickRun } from "../../../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { useSandbox } from "../../../support/registry-sandbox.ts";
import { workflowText } from "../../../support/workflow-text.ts";

const NODES = 10_000;
it.each(["one after the other", "all behind the first"])(
  "a run of 10,000 nodes, %s, can be completed",
  { timeout: 120_000 },
  (shape) => {
    const sandbox = useSandbox();
    const nodes = Array.from({ length: NODES }, (_, index) => ({
      id: `n${index}`,
      needs: index === 0 ? [] : [shape === "all behind the first" ? "n0" : `n${index - 1}`],
    }));
    sandbox.write("workflows/w.task.md", workflowText({ nodes }));
    const registry = openRegistry({ root: sandbox.root });
    const request = { runId: "r", workflowPath: "workflows/w.task.md", sourceSessionKey: "k", deliveryContext: null };
    scaffoldRun(registry, request);
    claimNodes(registry, "r", { by: "a" });
    finishNode(registry, "r", { nodeId: "n0", to: "failed" });
    getRunSteps(registry, "r", "clawtask");
    controlRun(registry, "r", { action: "retry", by: "a", nodeId: "n0" });
    claimNodes(registry, "r", { by: "a" });
    finishNode(registry, "r", { nodeId: "n0", to: "completed" });
    tickRun(registry, "r");
    claimNodes(registry, "r", { by: "a" });
    controlRun(registry, "r", { action: "cancel", by: "a" });
    expect(sandbox.state("r").status).toBe("cancelled");
  },
);
