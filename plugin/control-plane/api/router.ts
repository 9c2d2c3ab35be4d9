import { ApiProblem } from "../contract/problem.ts";
import type { ApiRoute } from "../contract/route.ts";
import { ROUTES } from "../contract/routes.ts";

export interface FoundRoute {
  route: ApiRoute;
  params: Record<string, string>;
}

/** Routes by their segments, longest constant part first, so that a fixed word is never taken for an id. */
interface Candidate {
  route: ApiRoute;
  segments: readonly string[];
}

const CANDIDATES: readonly Candidate[] = ROUTES.filter(({ external }) => external !== true)
  .map((route) => ({ route, segments: splitSegments(route.path) }))
  .sort((one, other) => countFixedSegments(other) - countFixedSegments(one));

function countFixedSegments({ segments }: Candidate): number {
  return segments.filter((segment) => !isParam(segment)).length;
}

/**
 * The route of a request, with the parts of its path that vary, decoded.
 *
 * @throws ApiProblem `route_not_found` | `method_not_allowed`
 */
export function findRoute(method: string, path: string): FoundRoute {
  const wanted = method === "HEAD" ? "GET" : method;
  const segments = splitSegments(path).map(decodeSegment);
  const matching = CANDIDATES.flatMap(({ route, segments: pattern }) => {
    const params = matchParams(pattern, segments);
    return params === undefined ? [] : [{ route, params }];
  });
  const found = matching.find(({ route }) => route.method === wanted);
  if (found !== undefined) return found;
  if (matching.length === 0)
    throw new ApiProblem("route_not_found", {
      detail: `no such path: ${path}`,
      remedy: { hint: "GET /api/openapi.json", scope: "api" },
    });
  const allowed = matching.map(({ route }) => route.method).join(", ");
  throw new ApiProblem("method_not_allowed", {
    detail: `${method} is not what this path is for: ${allowed}`,
    details: { allowed },
  });
}

function splitSegments(path: string): string[] {
  return path.replace(/^\//, "").replace(/\/$/, "").split("/");
}

function isParam(segment: string): boolean {
  return segment.startsWith("{");
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiProblem("route_not_found", { detail: `the path is not well encoded: ${segment}` });
  }
}

function matchParams(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (!isParam(part)) {
      if (part !== segment) return undefined;
    } else if (segment === "") return undefined;
    else params[part.slice(1, -1)] = segment;
  }
  return params;
}
