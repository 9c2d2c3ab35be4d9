import { type Handler, getText } from "./handler.ts";
import { createIdempotently } from "./idempotent-create.ts";
import { runWriteCommand } from "./write-command.ts";

/** A new run that begins anew at a node of an old one. */
export const forkRunHandler: Handler = async (request) => {
  const { params, body, caller } = request;
  const changed = body["params"];
  const command = {
    command: "fork",
    options: {
      from: getText(body, "from"),
      "run-id": getText(body, "runId"),
      by: caller.actor,
      ...(changed === undefined ? {} : { "set-json": JSON.stringify(changed) }),
    },
    values: [params["runId"] ?? ""],
  };
  return { document: await createIdempotently(request, () => runWriteCommand(request, command)) };
};
