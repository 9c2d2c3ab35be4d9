import type { QueryKey } from "@tanstack/react-query";
import type { Change } from "./response-types.ts";

/** The queries that a change concerns, by the beginning of their keys. */
export function listQueryKeys({ kind, id }: Change): QueryKey[] {
  const everywhere: QueryKey[] = [["overview"], ["attention"]];
  switch (kind) {
    case "task":
      return [...everywhere, ["tasks"], ["task", id], ["run-tasks"], ["flow"]];
    case "run":
      return [...everywhere, ["runs"], ["run", id], ["flows"], ["flow", `run:${id}`], ["workflow"], ["compare"]];
    case "flow":
      return [...everywhere, ["flows"], ["flow", id]];
    case "workflow":
      return [["workflows"], ["workflow"]];
  }
}
