import { isJsonObject, type OperationDocument, OPERATIONS } from "../../../registry-helper/internal.ts";
import { type Handler, getText } from "./handler.ts";
import { createIdempotently } from "./idempotent-create.ts";
import { applyChange } from "./operation-context.ts";

/** A new run that begins anew at a node of an old one. */
export const forkRunHandler: Handler = async (request) => {
  const { params, body } = request;
  const input = {
    runId: params["runId"] ?? "",
    from: getText(body, "from") ?? "",
    newRunId: getText(body, "runId"),
    params: isJsonObject(body["params"]) ? body["params"] : {},
  };
  const make = (): OperationDocument<"runs.fork"> =>
    applyChange(request, (context, { key }) => OPERATIONS["runs.fork"](context, { ...input, key }));
  return { document: await createIdempotently(request, () => Promise.resolve().then(make)) };
};
