import { isUndelivered } from "../../domain/delivery/delivery-problem.ts";
import { parseRunFlowId } from "../../domain/flow/run-as-flow.ts";
import { formatWait } from "../../domain/flow/wait-text.ts";
import type { FlowRecord } from "../../model/flow-record.ts";
import { type Json, toJsonLine } from "../../model/json.ts";
import type { Micros } from "../../model/time.ts";
import type { FlowChangeDocument } from "../../operations/flows/change.ts";
import { formatTaskName } from "../../operations/tasks/task-name.ts";
import type { InspectedFlow } from "../../views/queries/flow-details.ts";
import { blockAsWritten, fitLine } from "./layout.ts";
import { ago, table } from "./table.ts";
import { deliveryText, phaseWord, routeText, shortId } from "./task-text.ts";

const LABEL_WIDTH = 11;
/** Outputs and tasks that are shown to a person; JSON has them all. */
const MAX_SHOWN = 30;

/** How a flow stands, in a few words. */
export function flowStateText(flow: FlowRecord): string {
  if (flow.endedAt === null && flow.cancel !== null) return `being cancelled by ${flow.cancel.by}`;
  if (flow.wait !== null) return `waiting for ${formatWait(flow.wait)}`;
  if (flow.blocked !== null) return `blocked: ${flow.blocked.reason}`;
  const step = flow.endedAt === null && flow.currentStep !== null ? `, at ${flow.currentStep}` : "";
  return `${flow.status}${step}`;
}

/** What a change made of a flow. */
export function flowChangeText({ flow, changed }: FlowChangeDocument): string {
  return `${flow.flowId}: ${flowStateText(flow)} (revision ${flow.revision}${changed ? "" : ", unchanged"})\n`;
}

/** One flow for a person: what it is waiting on first, then what it is, its outputs and its tasks. */
export function describeFlow(
  inspected: InspectedFlow,
  { now, self, columns }: { now: Micros; self: string; columns: number },
): string {
  const { flow } = inspected;
  const head = fitLine(`${flow.flowId}  ${flow.title}`, columns);
  const parts = [
    [head, ...lines([...answers(inspected, now, self), ...facts(inspected)], columns)].join("\n"),
    text("goal", flow.goal),
    text("result", flow.result),
    text("error", flow.error),
    outputs(flow.output, columns),
    tasks(inspected, now, columns),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

type Line = [string, string | null];

function answers({ flow, view }: InspectedFlow, now: Micros, self: string): Line[] {
  const hasEnded = flow.endedAt !== null;
  const step = hasEnded || flow.currentStep === null ? "" : `, at ${flow.currentStep}`;
  const cancel = hasEnded || flow.cancel === null ? "" : `, being cancelled by ${flow.cancel.by}`;
  const waiting = view.waitingOn.map(({ what, since, over }): Line => {
    const how = over === null ? `since ${ago(since, now)}` : `${over}; resume is due`;
    return ["waiting on", `${what} (${how})`];
  });
  const idle: Line[] = hasEnded || waiting.length > 0 ? [] : [["waiting on", "nothing: its owner has the next step"]];
  return [
    ["status", `${flow.status}${step}${cancel}`],
    ...waiting,
    ...idle,
    ["needs you", hasEnded && !view.needsSomebody ? null : view.needsSomebody ? "yes" : "no"],
    ["do", doNext({ flow, view }, self)],
    ["latest", flow.latestUpdate],
  ];
}

function doNext({ flow, view }: Pick<InspectedFlow, "flow" | "view">, self: string): string | null {
  const runId = parseRunFlowId(flow.flowId);
  if (runId !== undefined) return flow.endedAt === null ? `${self} next ${runId}` : null;
  if (isUndelivered(flow.delivery)) return `${self} tasks retry ${flow.flowId}`;
  const canResume = view.isResumeDue || flow.blocked !== null || flow.wait?.kind === "manual";
  return canResume && flow.endedAt === null ? `${self} flows resume ${flow.flowId}` : null;
}

function facts({ flow }: InspectedFlow): Line[] {
  const route = flow.route === null ? null : routeText(flow.route);
  return [
    ["owner", flow.ownerSessionKey],
    ["route", route],
    ["notify", flow.notify],
    ["told", flow.endedAt === null ? null : deliveryText(flow.delivery)],
    ["cancel", flow.cancel === null ? null : [`by ${flow.cancel.by}`, flow.cancel.reason].filter(Boolean).join(": ")],
    ["revision", String(flow.revision)],
    ["created", flow.createdAt],
    ["ended", flow.endedAt],
  ];
}

function lines(all: readonly Line[], columns: number): string[] {
  return all.flatMap(([name, value]) => {
    if (value === null || value === "") return [];
    // A command is there to be copied, so it is never cut.
    const shown = name === "do" ? value : fitLine(value, columns - LABEL_WIDTH);
    return [`${name.padEnd(LABEL_WIDTH)}${shown}`];
  });
}

function text(title: string, content: string | null): string {
  return content === null ? "" : `${title}\n${blockAsWritten(content, "  ")}`;
}

function outputs(output: Readonly<Record<string, Json>>, columns: number): string {
  const all = Object.entries(output);
  if (all.length === 0) return "";
  const rows = all.slice(0, MAX_SHOWN).map(([name, value]) => [name, valueText(value)]);
  return `${table(["OUTPUT", "VALUE"], rows, columns).trimEnd()}${more(all.length)}`;
}

function valueText(value: Json): string {
  return typeof value === "string" ? value : toJsonLine(value);
}

function tasks({ tasks: linked }: InspectedFlow, now: Micros, columns: number): string {
  if (linked.length === 0) return "";
  const rows = linked
    .slice(0, MAX_SHOWN)
    .map(({ taskId, task }) =>
      task === null
        ? [shortId(taskId), "-", "not in the ledger", "-", ""]
        : [shortId(taskId), task.runtime, phaseWord(task, now), ago(task.createdAt, now), formatTaskName(task)],
    );
  return `${table(["TASK", "RUNTIME", "STATE", "AGO", "WHAT"], rows, columns).trimEnd()}${more(linked.length)}`;
}

function more(count: number): string {
  return count > MAX_SHOWN ? `\nand ${count - MAX_SHOWN} more (--json)` : "";
}
