import {
  callOperation,
  type ErrorDocument,
  fromErrorDocument,
  type NotifyPolicy,
  OPERATIONS,
} from "../../../registry-helper/internal.ts";
import { cancelTask } from "../../operations/cancel-task.ts";
import { ApiProblem } from "../contract/problem.ts";
import { TASK_ACTIONS } from "../contract/task-routes.ts";
import { type HandlerRequest, type Handler, getNumber, getText, requireText } from "./handler.ts";
import { applyChange, requireOnlyResult, toOperationContext } from "./operation-context.ts";
import { getRequestedTask } from "./tasks.ts";

/** Changes one task. */
export const actOnTask: Handler = async (request) => {
  const { body, params } = request;
  const action = TASK_ACTIONS.find((one) => one === params["action"]);
  if (action === undefined) throw unknownAction(params["action"] ?? "", TASK_ACTIONS);
  const { taskId } = getRequestedTask(request);
  switch (action) {
    case "cancel":
      return { document: await cancel(request, taskId) };
    case "retry":
    case "dismiss":
      return { document: { taskId, ...resolveResult(request, taskId, action) } };
    case "notify": {
      const input = { task: taskId, policy: requireText(body, "policy", action) as NotifyPolicy };
      return {
        document: applyChange(request, (context, change) =>
          OPERATIONS["tasks.notify"](context, { ...input, ...change }),
        ),
      };
    }
    case "report": {
      const texts = pickTexts(request, ["phase", "block", "update", "next"]);
      const input = { task: taskId, ...texts, artifacts: body["artifacts"] as string[] | undefined };
      return {
        document: applyChange(request, (context, change) =>
          OPERATIONS["tasks.report"](context, { ...input, ...change }),
        ),
      };
    }
  }
};

export function unknownAction(action: string, known: readonly string[]): ApiProblem {
  return new ApiProblem("route_not_found", {
    detail: `unknown action: ${action}`,
    remedy: { hint: `one of: ${known.join(", ")}` },
  });
}

/** Delivers one undelivered result again, or records that no one wants it. */
export function resolveResult(
  request: HandlerRequest,
  ref: string,
  action: "retry" | "dismiss",
  reason = getText(request.body, "reason"),
): object {
  const { results } = applyChange(request, (context, change) =>
    action === "retry"
      ? OPERATIONS["tasks.retry"](context, { refs: [ref], ...change })
      : OPERATIONS["tasks.dismiss"](context, { refs: [ref], reason, ...change }),
  );
  return requireOnlyResult(results);
}

/** Texts of the body by the names of the operation's input, which are theirs. */
export function pickTexts<Name extends string>(
  { body }: HandlerRequest,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const text = getText(body, name);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

/** The request goes to the ledger; with `waitMs`, what comes of it is waited for. */
async function cancel(request: HandlerRequest, task: string): Promise<object> {
  const { key, ifMatch: expectedRevision, body, read } = request;
  const result = await cancelTask(
    (name, input) => {
      read.expire();
      return Promise.resolve(callOperation(toOperationContext(request), name, input));
    },
    { task, reason: getText(body, "reason"), waitMs: getNumber(body, "waitMs") ?? 0, key, expectedRevision },
  );
  read.expire();
  if (!("error" in result)) return result.document;
  // What went wrong inside is for the log, not for the client.
  if (result.error.code === "internal") throw new Error(result.error.message);
  throw fromErrorDocument(result.error as ErrorDocument);
}
