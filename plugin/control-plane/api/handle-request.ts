/**
 * The API of the control plane: a request in, a response out. Knows nothing of sockets; runs where the registry may be
 * read synchronously, which is never an event loop that others depend on.
 */
import { storageError } from "../../../registry-helper/internal.ts";
import { ApiProblem, PROBLEM_MEDIA_TYPE, type Problem, toProblem } from "../contract/problem.ts";
import type { ApiRoute } from "../contract/route.ts";
import type { RouteId } from "../contract/routes.ts";
import type { ApiRequest, ApiResponse, Caller, ApiContext } from "../handlers/context.ts";
import type { HandlerResult, HandlerRequest } from "../handlers/handler.ts";
import { RequestIndex } from "../handlers/request-index.ts";
import { HANDLERS } from "../handlers/route-handlers.ts";
import { parseBody, parseIfMatch, parseIdempotencyKey, parseQuery } from "./parse-request.ts";
import { findRoute } from "./router.ts";

export type { ApiRequest, ApiResponse, Caller, ApiContext, ServerFacts } from "../handlers/context.ts";

/**
 * Answers one request. Never throws: what goes wrong is a problem document.
 *
 * @example
 * const { status, body } = await handleRequest(context, { method: "GET", path: "/api/tasks", ... });
 */
export async function handleRequest(context: ApiContext, request: ApiRequest): Promise<ApiResponse> {
  const response = await routeRequest(context, request);
  return request.method === "HEAD" ? { ...response, body: "" } : response;
}

async function routeRequest(context: ApiContext, request: ApiRequest): Promise<ApiResponse> {
  try {
    const { route, params } = findRoute(request.method, request.path);
    requireScope(route, request.caller);
    context.registry.pin?.check();
    const handler = HANDLERS[route.id as RouteId];
    return toResponse(route, await handler(createHandlerRequest(context, request, route, params)));
  } catch (thrown) {
    const error = storageError(thrown, "the registry");
    const problem = toProblem(error);
    if (problem.code === "internal")
      context.problem?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return toProblemResponse(problem, request);
  }
}

function createHandlerRequest(
  context: ApiContext,
  request: ApiRequest,
  route: ApiRoute,
  params: Record<string, string>,
): HandlerRequest {
  const { headers, caller } = request;
  return {
    context,
    read: new RequestIndex(context),
    caller,
    params,
    query: parseQuery(route, request.query),
    body: parseBody(route, request.body),
    key: parseIdempotencyKey(headers["idempotency-key"]),
    ifMatch: parseIfMatch(route, headers["if-match"]),
  };
}

function requireScope(route: ApiRoute, { scope }: Caller): void {
  if (route.writes !== true || scope === "write") return;
  throw new ApiProblem("read_only", {
    detail: "this server, or the one who asks, may only read",
    remedy: { hint: "give the command on the command line, or start the server without --read-only" },
  });
}

const NO_STORE = { "cache-control": "no-store" };

function toResponse(route: ApiRoute, found: HandlerResult): ApiResponse {
  if ("text" in found)
    return { status: 200, headers: { ...NO_STORE, "content-type": found.mediaType }, body: found.text };
  const { document, etag, status = route.status ?? 200 } = found;
  const headers = {
    ...NO_STORE,
    "content-type": "application/json",
    ...(etag === undefined ? {} : { etag: `"${etag}"` }),
  };
  return { status, headers, body: JSON.stringify(document) };
}

function toProblemResponse(problem: Problem, request: ApiRequest): ApiResponse {
  // The same conflict is a failed precondition when it is the client's own header that was compared.
  const isFailedMatch = problem.code === "revision_conflict" && request.headers["if-match"] !== undefined;
  const status = isFailedMatch ? 412 : problem.status;
  const allowed = problem.code === "method_not_allowed" ? problem.details?.["allowed"] : undefined;
  return {
    status,
    headers: {
      ...NO_STORE,
      "content-type": PROBLEM_MEDIA_TYPE,
      ...(typeof allowed === "string" ? { allow: allowed } : {}),
    },
    body: JSON.stringify({ ...problem, status }),
  };
}
