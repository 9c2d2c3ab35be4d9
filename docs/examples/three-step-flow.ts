/**
 * A flow with three steps that survives its process: collect, ask, file.
 *
 *   npx tsx three-step-flow.ts REGISTRY [ANSWER]
 *
 * Started without an answer it collects, asks, and ends: nothing of it runs while somebody thinks. Started again with
 * the answer (by a cron job, a webhook, the agent that heard it) it goes on where it was. Kill it anywhere and start
 * it again: what was done is not done twice.
 *
 * In a project of yours the import is `import { openFlows } from "clawtask/flows"`.
 */
import { type FlowRecord, type Flows, openFlows } from "clawtask/flows";

const KEY = "invoices-2026-05";

function invoices(flows: Flows, answer?: string): FlowRecord {
  // The same key is the same flow, however often this is started.
  const { flowId } = flows.createFlow({
    title: "Invoices of May",
    goal: "Collect the invoices, ask where they belong, file them.",
    ownerSessionKey: "agent:main:main",
    route: { channel: "telegram", to: "telegram:4242", sessionKey: "agent:main:main" },
    step: "collect",
    key: KEY,
  });
  // What counts is what is on disk now, not what the first creation answered.
  let { flow } = flows.getFlow(flowId);
  if (flow.endedAt !== null || flow.cancel !== null) return flow;

  if (flow.currentStep === "collect") {
    for (const invoice of collect())
      flows.appendFlowOutput({ flowId, name: "invoices", value: invoice, key: `collected:${invoice.id}` });
    flow = flows.setFlowWaiting({
      flowId,
      wait: { kind: "event", name: "folder-chosen", note: "which folder?" },
      step: "ask",
      // Two processes at once: the second learns that the first was faster.
      expectedRevision: flows.getFlow(flowId).flow.revision,
    });
  }

  if (flow.currentStep === "ask") {
    if (answer === undefined) return flow;
    flows.setFlowOutput({ flowId, name: "folder", value: answer });
    flow = flows.resumeFlow({ flowId, step: "file" });
  }

  const filed = file(flow);
  return flows.finishFlow({ flowId, result: `${filed} invoices are in ${String(flow.output["folder"])}` });
}

/** Work that a process can do again without harm. */
function collect(): { id: string; amount: number }[] {
  return [
    { id: "2026-0501", amount: 120 },
    { id: "2026-0502", amount: 80 },
  ];
}

function file({ output }: FlowRecord): number {
  const { invoices: collected } = output;
  return Array.isArray(collected) ? collected.length : 0;
}

const [root, answer] = process.argv.slice(2);
if (root !== undefined) {
  const flow = invoices(openFlows({ root }), answer);
  console.log(
    JSON.stringify({ flowId: flow.flowId, status: flow.status, step: flow.currentStep, result: flow.result }),
  );
}
