import type { TObject, TSchema } from "@sinclair/typebox";
import type { ProblemCode } from "./problem.ts";

/** One route of the API: everything that is to be known of it, in one place. */
export interface ApiRoute {
  /** Its name in the OpenAPI document, and the key of its handler. */
  id: string;
  method: "GET" | "POST";
  /** With `{name}` for the parts that vary; each is one segment. */
  path: string;
  tag: string;
  summary: string;
  /** What the parts of the path are, where their names do not say it. */
  params?: Readonly<Record<string, string>>;
  query?: TObject;
  body?: TSchema;
  answer: TSchema | { mediaType: string };
  /** 200 unless said otherwise. */
  status?: number;
  /** It changes something: a caller that may only read is refused. */
  writes?: true;
  /** The answer carries an `ETag` for `If-Match`. */
  etag?: true;
  /** What `If-Match` is compared with, where it is taken. */
  ifMatch?: "run" | "task" | "flow";
  /** One of OpenTask's: unknown query parameters are not refused, nulls are left out. */
  openTask?: true;
  /** Answered by the server around the application: streams and the exchange of a link for a token. */
  external?: true;
  /** Problems that are worth telling of; those that every route can meet are not repeated. */
  problems?: readonly ProblemCode[];
}

/** A route as it is written down: method and path in one line, the tag once for all that follow. */
type RouteDraft = Omit<ApiRoute, "method" | "path" | "tag"> & { route: `${ApiRoute["method"]} /${string}` };
/** Its name stays known to the compiler, and whether the application answers it. */
type RouteOf<Draft> = Draft extends unknown ? ApiRoute & Pick<Draft, Extract<keyof Draft, "id" | "external">> : never;

/** The routes of one tag, in the order of the document. */
export function toRoutes<const Drafts extends readonly RouteDraft[]>(tag: string, drafts: Drafts) {
  return drafts.map(({ route, ...rest }) => {
    const [method, path] = route.split(" ");
    return { ...rest, method, path, tag } as RouteOf<Drafts[number]>;
  });
}
