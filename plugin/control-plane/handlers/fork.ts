import { type Handler, textOf } from "./handler.ts";
import { makeOnce } from "./idempotent-create.ts";
import { write } from "./write-command.ts";

/** A new run that begins anew at a node of an old one. */
export const forkRun: Handler = async (call) => {
  const { params, body, caller } = call;
  const changed = body["params"];
  const verb = {
    verb: "fork",
    options: {
      from: textOf(body, "from"),
      "run-id": textOf(body, "runId"),
      by: caller.actor,
      ...(changed === undefined ? {} : { "set-json": JSON.stringify(changed) }),
    },
    values: [params["runId"] ?? ""],
  };
  return { document: await makeOnce(call, () => write(call, verb)) };
};
