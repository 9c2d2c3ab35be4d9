import { randomBytes } from "node:crypto";
import {
  addWorkflow,
  ClawTaskError,
  isJsonObject,
  type JsonObject,
  loadRun,
  type OperationDocument,
  OPERATIONS,
  parseWorkflow,
  readText,
  sha256Hex,
} from "../../../registry-helper/internal.ts";
import { ApiProblem } from "../contract/problem.ts";
import { type HandlerRequest, type Handler, getText } from "./handler.ts";
import { createIdempotently } from "./idempotent-create.ts";
import { openTaskRun } from "./opentask-run.ts";
import { applyChange } from "./operation-context.ts";
import { createTaskWorkflow } from "./single-task-workflow.ts";
import { findWorkflow } from "./workflow-cache.ts";

/** OpenTask's way of making a run: from a workflow, from the text of one, or from a task in words. */
export const createRun: Handler = async (request) => {
  const { context, body } = request;
  const path = resolveWorkflowPath(request);
  const { runId } = await scaffoldOnce(request, path, createRunId(request, path), body);
  const { run, seq } = loadRun(context.registry, runId);
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
  parseWorkflow(readText(context.registry.fs, `${context.registry.root}/${path}`, { followLinks: true }), path);
  const made = await scaffoldOnce(request, path, getText(body, "runId") ?? createRunId(request, path), body);
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

async function scaffoldOnce(
  request: HandlerRequest,
  workflowPath: string,
  runId: string,
  body: JsonObject,
): Promise<OperationDocument<"runs.scaffold">> {
  const sourceAgentId = getText(body, "sourceAgentId");
  const { deliveryContext, params } = body;
  // The caller's name is no session of an agent. Without a requester the run has one of its own, named as OpenTask does.
  const own = `agent:${sourceAgentId ?? "main"}:session:workflow:${runId}:root`;
  const make = (): OperationDocument<"runs.scaffold"> =>
    applyChange(request, (context, { key }) =>
      OPERATIONS["runs.scaffold"](context, {
        runId,
        workflowPath,
        sourceSessionKey: getText(body, "sourceSessionKey") ?? own,
        sourceAgentId,
        rootSessionKey: getText(body, "rootSessionKey"),
        deliveryContext: deliveryContext ?? undefined,
        params: isJsonObject(params) ? params : undefined,
        key,
      }),
    );
  return await createIdempotently(request, () => Promise.resolve().then(make));
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
