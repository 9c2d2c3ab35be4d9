import { randomBytes } from "node:crypto";
import { parseWorkflow } from "../../../registry-helper/domain/workflow/parse-workflow.ts";
import { ClawTaskError } from "../../../registry-helper/index.ts";
import { sha256Hex } from "../../../registry-helper/model/hash.ts";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import { addWorkflow } from "../../../registry-helper/operations/workflows/workflow-files.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { ApiProblem } from "../contract/problem.ts";
import { type HandlerRequest, type Handler, getText } from "./handler.ts";
import { createIdempotently } from "./idempotent-create.ts";
import { openTaskRun } from "./opentask-run.ts";
import { createTaskWorkflow } from "./single-task-workflow.ts";
import { findWorkflow } from "./workflow-cache.ts";
import { runWriteCommand } from "./write-command.ts";

/** OpenTask's way of making a run: from a workflow, from the text of one, or from a task in words. */
export const createRun: Handler = async (request) => {
  const { context, body } = request;
  const path = resolveWorkflowPath(request);
  const { runId } = await scaffold(request, path, createRunId(request, path), body);
  const { run, seq } = loadRun(context.registry, String(runId));
  return { document: openTaskRun(run.state), etag: seq };
};

/** In OpenTask's order: the first that is given counts. */
function resolveWorkflowPath({ context: { registry }, body }: HandlerRequest): string {
  const markdown = getText(body, "workflowMarkdown");
  if (markdown !== undefined) return addWorkflow(registry, markdown);
  const path = getText(body, "workflowPath");
  if (path !== undefined) return path;
  const task = getText(body, "taskText");
  if (task !== undefined && task.trim() !== "")
    return addWorkflow(registry, createTaskWorkflow({ title: getText(body, "title"), task }));
  throw new ApiProblem("body_invalid", {
    detail: "one of workflowPath, workflowMarkdown, or taskText is required",
    remedy: { hint: "GET /api/workflows", scope: "api" },
  });
}

/** Makes a run of a workflow of the registry. */
export const startWorkflowRun: Handler = async (request) => {
  const { context, params, body } = request;
  const workflowId = params["workflowId"] ?? "";
  const path = requireWorkflow(request, workflowId).path;
  // One that is there and cannot be read says where its mistake is.
  parseWorkflow(context.registry.fs.readFileSync(`${context.registry.root}/${path}`, "utf8"), path);
  const made = await scaffold(request, path, getText(body, "runId") ?? createRunId(request, path), body);
  return { document: made };
};

export function requireWorkflow(
  { context }: HandlerRequest,
  workflowId: string,
): NonNullable<ReturnType<typeof findWorkflow>> {
  const found = findWorkflow(context, workflowId);
  if (found !== undefined) return found;
  throw new ClawTaskError("workflow_not_found", {
    message: `workflow not found: ${workflowId}`,
    remedy: { hint: "GET /api/workflows", scope: "api" },
  });
}

async function scaffold(request: HandlerRequest, path: string, runId: string, body: JsonObject): Promise<HostRecord> {
  const agentId = getText(body, "sourceAgentId");
  // Without a requester the run has a session of its own, named as OpenTask names it.
  const own = `agent:${agentId ?? "main"}:session:workflow:${runId}:root`;
  const rootSessionKey = getText(body, "rootSessionKey");
  const command = {
    command: "scaffold",
    options: {
      "workflow-path": path,
      "run-id": runId,
      "source-session-key": getText(body, "sourceSessionKey") ?? own,
      "source-agent-id": agentId,
      "root-session-key": rootSessionKey,
      ...jsonOption("delivery-context-json", body["deliveryContext"]),
      ...jsonOption("set-json", body["params"]),
    },
  };
  return await createIdempotently(request, () => runWriteCommand(request, command, { anonymous: true }));
}

function jsonOption(name: string, value: unknown): Record<string, string> {
  return value === undefined || value === null ? {} : { [name]: JSON.stringify(value) };
}

const MAX_STEM_LENGTH = 48;

/** `<workflow>-<8 digits>`; the same idempotency key finds the same name again. */
function createRunId({ key }: HandlerRequest, path: string): string {
  const stem = path
    .replace(/^.*\//, "")
    .replace(/(\.task)?\.md$/, "")
    .replaceAll(/[^a-zA-Z0-9._-]/g, "-");
  const safe = /^[a-zA-Z0-9]/.test(stem) ? stem.slice(0, MAX_STEM_LENGTH) : "run";
  return `${safe}-${key === undefined ? randomBytes(4).toString("hex") : sha256Hex(key).slice(0, 8)}`;
}
