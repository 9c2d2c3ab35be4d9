import {
  type ChangeInput,
  type ErrorDocument,
  type EventOrigin,
  fromErrorDocument,
  type IndexedContext,
  type Outcome,
  type Registry,
} from "../../../registry-helper/internal.ts";
import type { Caller } from "./context.ts";
import type { HandlerRequest } from "./handler.ts";

/** The surface as journals name it: a server of its own has pages and programs, the gateway says who it is by itself. */
function toOrigin({ mode, actor, scope, personId }: Caller): EventOrigin {
  const via = mode === "standalone" ? (actor === "api" ? "api" : "dashboard") : "gateway";
  if (scope !== "write") return { via };
  const unnamed = mode === "standalone" ? actor : "gateway";
  const sender = personId === undefined ? { id: unnamed } : { id: `gateway:${personId}`, name: actor };
  return { via, sender: { ...sender, role: "operator" } };
}

/** The context in which a request calls an operation: in the name of its caller, on the index that it reads. */
export function toOperationContext({ context, caller, read }: HandlerRequest): IndexedContext {
  const registry: Registry = { ...context.registry, origin: toOrigin(caller) };
  return {
    registry,
    actor: caller.actor,
    self: `clawtask --registry-root ${registry.root}`,
    cwd: registry.root,
    queryIndex: (query) => read.query(query),
  };
}

/**
 * Calls an operation that changes something, with the key and the revision of the request; what is read after it in
 * this request shows the change.
 *
 * @throws ClawTaskError what the operation says
 */
export function applyChange<Document extends object>(
  request: HandlerRequest,
  operate: (context: IndexedContext, change: ChangeInput) => Outcome<Document>,
): Document {
  const { key, ifMatch: expectedRevision } = request;
  try {
    return operate(toOperationContext(request), { key, expectedRevision }).document;
  } finally {
    request.read.expire();
  }
}

/** Of an operation that takes many and answers for each: the one that was named, or why it was refused. */
export function requireOnlyResult<Result extends { ok: boolean }>(
  results: readonly Result[],
): Exclude<Result, { ok: false }> {
  const [result] = results;
  if (result === undefined) throw new Error("an operation answered nothing for what was named");
  if ("error" in result && result.error !== undefined) throw fromErrorDocument(result.error as ErrorDocument);
  return result as Exclude<Result, { ok: false }>;
}
