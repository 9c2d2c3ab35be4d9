import { ClawTaskError } from "../../../registry-helper/index.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { type OptionValue, inNameOf } from "../../commands/run-command.ts";
import { ApiProblem } from "../contract/problem.ts";
import { TASK_ACTIONS } from "../contract/task-routes.ts";
import { cancelTask } from "../../commands/cancel-task.ts";
import { type Call, type Handler, numberOf, textOf } from "./handler.ts";
import { taskOf } from "./tasks.ts";
import { documentOf, onlyResult, write } from "./write-command.ts";

/** Changes one task by its verb. */
export const actOnTask: Handler = async (call) => {
  const action = TASK_ACTIONS.find((one) => one === call.params["action"]);
  if (action === undefined) throw unknownAction(call.params["action"] ?? "", TASK_ACTIONS);
  const { taskId } = taskOf(call);
  switch (action) {
    case "cancel":
      return { document: await cancel(call, taskId) };
    case "retry":
    case "dismiss": {
      const options = action === "dismiss" ? given(call, ["reason"]) : {};
      const document = await write(call, { verb: `tasks ${action}`, options, values: [taskId] });
      return { document: { taskId, ...onlyResult(document, "results") } };
    }
    case "notify": {
      const policy = textOf(call.body, "policy");
      if (policy === undefined)
        throw new ClawTaskError("argument_missing", { message: "policy is required for notify" });
      return { document: await write(call, { verb: "tasks notify", values: [taskId, policy] }) };
    }
    case "report": {
      const artifacts = call.body["artifacts"] as string[] | undefined;
      const options = {
        ...given(call, ["phase", "block", "update", "next"]),
        ...(artifacts === undefined ? {} : { artifact: artifacts }),
      };
      return { document: await write(call, { verb: "tasks report", options, values: [taskId] }) };
    }
  }
};

export function unknownAction(action: string, known: readonly string[]): ApiProblem {
  return new ApiProblem("route_not_found", {
    detail: `unknown action: ${action}`,
    next: `one of: ${known.join(", ")}`,
  });
}

/** Texts of the body under the names of the verb's options, which are theirs. */
export function given({ body }: Call, names: readonly string[]): Record<string, OptionValue> {
  return Object.fromEntries(
    names.flatMap((name) => (textOf(body, name) === undefined ? [] : [[name, textOf(body, name)]])),
  );
}

/** The wish goes to the ledger; with `waitMs`, what comes of it is waited for. */
async function cancel(call: Call, taskId: string): Promise<HostRecord> {
  const { desk, caller, key, ifMatch, body } = call;
  const result = await cancelTask(inNameOf(caller.actor, desk.commandLine), {
    reference: taskId,
    reason: textOf(body, "reason"),
    waitMs: numberOf(body, "waitMs") ?? 0,
    key,
    expectedRevision: ifMatch,
  });
  call.read.expire();
  return documentOf(result);
}
