import type { IndexedContext } from "../../../registry-helper/internal.ts";
import type { HandlerRequest } from "./handler.ts";

/** The context in which a request calls an operation: in the name of its caller, on the index that it reads. */
export function toOperationContext({ context, caller, read }: HandlerRequest): IndexedContext {
  const { registry } = context;
  return {
    registry,
    actor: caller.actor,
    self: `clawtask --registry-root ${registry.root}`,
    cwd: registry.root,
    queryIndex: (query) => read.query(query),
  };
}
