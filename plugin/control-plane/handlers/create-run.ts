import { randomBytes } from "node:crypto";
import { sha256Hex } from "../../../registry-helper/model/hash.ts";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { ApiProblem } from "../contract/problem.ts";
import { addWorkflow } from "../../../registry-helper/operations/workflows/workflow-files.ts";
import { parseWorkflow } from "../../../registry-helper/domain/workflow/parse-workflow.ts";
import { type Call, type Handler, textOf } from "./handler.ts";
import { workflowNamed } from "./workflow-cache.ts";
import { makeOnce } from "./idempotent-create.ts";
import { openTaskRun } from "./opentask-run.ts";
import { taskWorkflow } from "./single-task-workflow.ts";
import { write } from "./write-command.ts";
import { ClawTaskError } from "../../../registry-helper/index.ts";

/** OpenTask's way of making a run: from a workflow, from the text of one, or from a task in words. */
export const createRun: Handler = async (call) => {
  const { desk, body } = call;
  const path = workflowPathOf(call);
  const { runId } = await scaffold(call, path, runIdFor(call, path), body);
  const { run, seq } = loadRun(desk.registry, String(runId));
  return { document: openTaskRun(run.state), etag: seq };
};

/** In OpenTask's order: the first that is given counts. */
function workflowPathOf({ desk: { registry }, body }: Call): string {
  const markdown = textOf(body, "workflowMarkdown");
  if (markdown !== undefined) return addWorkflow(registry, markdown);
  const path = textOf(body, "workflowPath");
  if (path !== undefined) return path;
  const task = textOf(body, "taskText");
  if (task !== undefined && task.trim() !== "")
    return addWorkflow(registry, taskWorkflow({ title: textOf(body, "title"), task }));
  throw new ApiProblem("body_invalid", {
    detail: "one of workflowPath, workflowMarkdown, or taskText is required",
    next: "GET /api/workflows",
  });
}

/** Makes a run of a workflow of the registry. */
export const startWorkflowRun: Handler = async (call) => {
  const { desk, params, body } = call;
  const workflowId = params["workflowId"] ?? "";
  const path = requireWorkflow(call, workflowId).path;
  // One that is there and cannot be read says where its mistake is.
  parseWorkflow(desk.registry.fs.readFileSync(`${desk.registry.root}/${path}`, "utf8"), path);
  const made = await scaffold(call, path, textOf(body, "runId") ?? runIdFor(call, path), body);
  return { document: made };
};

export function requireWorkflow({ desk }: Call, workflowId: string): NonNullable<ReturnType<typeof workflowNamed>> {
  const found = workflowNamed(desk, workflowId);
  if (found !== undefined) return found;
  throw new ClawTaskError("workflow_not_found", {
    message: `workflow not found: ${workflowId}`,
    next: "GET /api/workflows",
  });
}

async function scaffold(call: Call, path: string, runId: string, body: JsonObject): Promise<HostRecord> {
  const agentId = textOf(body, "sourceAgentId");
  // Without a requester the run has a session of its own, named as OpenTask names it.
  const own = `agent:${agentId ?? "main"}:session:workflow:${runId}:root`;
  const rootSessionKey = textOf(body, "rootSessionKey");
  const verb = {
    verb: "scaffold",
    options: {
      "workflow-path": path,
      "run-id": runId,
      "source-session-key": textOf(body, "sourceSessionKey") ?? own,
      "source-agent-id": agentId,
      "root-session-key": rootSessionKey,
      ...jsonOption("delivery-context-json", body["deliveryContext"]),
      ...jsonOption("set-json", body["params"]),
    },
  };
  return await makeOnce(call, () => write(call, verb, { nameless: true }));
}

function jsonOption(name: string, value: unknown): Record<string, string> {
  return value === undefined || value === null ? {} : { [name]: JSON.stringify(value) };
}

const LONGEST_STEM = 48;

/** `<workflow>-<8 digits>`; the same idempotency key finds the same name again. */
function runIdFor({ key }: Call, path: string): string {
  const stem = path
    .replace(/^.*\//, "")
    .replace(/(\.task)?\.md$/, "")
    .replaceAll(/[^a-zA-Z0-9._-]/g, "-");
  const safe = /^[a-zA-Z0-9]/.test(stem) ? stem.slice(0, LONGEST_STEM) : "run";
  return `${safe}-${key === undefined ? randomBytes(4).toString("hex") : sha256Hex(key).slice(0, 8)}`;
}
