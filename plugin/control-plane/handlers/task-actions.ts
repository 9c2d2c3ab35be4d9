import { ClawTaskError } from "../../../registry-helper/internal.ts";
import { cancelTask } from "../../commands/cancel-task.ts";
import { type OptionValue, withActor } from "../../commands/run-command.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { ApiProblem } from "../contract/problem.ts";
import { TASK_ACTIONS } from "../contract/task-routes.ts";
import { type HandlerRequest, type Handler, getNumber, getText } from "./handler.ts";
import { getRequestedTask } from "./tasks.ts";
import { requireDocument, getOnlyResult, runWriteCommand } from "./write-command.ts";

/** Changes one task by its verb. */
export const actOnTask: Handler = async (request) => {
  const action = TASK_ACTIONS.find((one) => one === request.params["action"]);
  if (action === undefined) throw unknownAction(request.params["action"] ?? "", TASK_ACTIONS);
  const { taskId } = getRequestedTask(request);
  switch (action) {
    case "cancel":
      return { document: await cancel(request, taskId) };
    case "retry":
    case "dismiss": {
      const options = action === "dismiss" ? pickOptions(request, ["reason"]) : {};
      const document = await runWriteCommand(request, { command: `tasks ${action}`, options, values: [taskId] });
      return { document: { taskId, ...getOnlyResult(document, "results") } };
    }
    case "notify": {
      const policy = getText(request.body, "policy");
      if (policy === undefined)
        throw new ClawTaskError("argument_missing", { message: "policy is required for notify" });
      return { document: await runWriteCommand(request, { command: "tasks notify", values: [taskId, policy] }) };
    }
    case "report": {
      const artifacts = request.body["artifacts"] as string[] | undefined;
      const options = {
        ...pickOptions(request, ["phase", "block", "update", "next"]),
        ...(artifacts === undefined ? {} : { artifact: artifacts }),
      };
      return { document: await runWriteCommand(request, { command: "tasks report", options, values: [taskId] }) };
    }
  }
};

export function unknownAction(action: string, known: readonly string[]): ApiProblem {
  return new ApiProblem("route_not_found", {
    detail: `unknown action: ${action}`,
    remedy: { hint: `one of: ${known.join(", ")}` },
  });
}

/** Texts of the body under the names of the verb's options, which are theirs. */
export function pickOptions({ body }: HandlerRequest, names: readonly string[]): Record<string, OptionValue> {
  return Object.fromEntries(
    names.flatMap((name) => (getText(body, name) === undefined ? [] : [[name, getText(body, name)]])),
  );
}

/** The wish goes to the ledger; with `waitMs`, what comes of it is waited for. */
async function cancel(request: HandlerRequest, taskId: string): Promise<HostRecord> {
  const { context, caller, key, ifMatch, body } = request;
  const result = await cancelTask(withActor(caller.actor, context.commandLine), {
    reference: taskId,
    reason: getText(body, "reason"),
    waitMs: getNumber(body, "waitMs") ?? 0,
    key,
    expectedRevision: ifMatch,
  });
  request.read.expire();
  return requireDocument(result);
}
