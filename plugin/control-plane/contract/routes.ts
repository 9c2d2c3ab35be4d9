import { FLOW_ROUTES } from "./flow-routes.ts";
import { CHANGE_ROUTES, HEALTH_ROUTES, REGISTRY_ROUTES } from "./registry-routes.ts";
import type { ApiRoute } from "./route.ts";
import { OPENTASK_ROUTES, RUN_ROUTES } from "./run-routes.ts";
import { TASK_ROUTES } from "./task-routes.ts";
import { WORKFLOW_ROUTES } from "./workflow-routes.ts";

const ALL = [
  ...[...REGISTRY_ROUTES, ...CHANGE_ROUTES, ...HEALTH_ROUTES],
  ...[...TASK_ROUTES, ...OPENTASK_ROUTES, ...RUN_ROUTES, ...FLOW_ROUTES, ...WORKFLOW_ROUTES],
];

type AnyRoute = (typeof ALL)[number];
/** Names of the routes that the application answers; a handler for each is what makes it compile. */
export type RouteId = Exclude<AnyRoute, { external: true }>["id"];

/** The whole table. */
export const ROUTES: readonly ApiRoute[] = ALL;
