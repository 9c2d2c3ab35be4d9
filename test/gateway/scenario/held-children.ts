import type { ModelReply, ModelRequest } from "../support/scripted-model.ts";

/** Children answer when the test says so: by label, what lets them. */
export const finish = new Map<string, () => void>();

/** An agent that spawns a child for `do <label>`; the child's result waits for `finish`. */
export async function heldChildren(request: ModelRequest): Promise<ModelReply> {
  if (request.isSubagent) {
    const label = /work on (\w+)/.exec(request.prompt)?.[1] ?? "";
    await new Promise<void>((resolve) => finish.set(label, resolve));
    return { text: `result of ${label}` };
  }
  if (request.childResult !== undefined) return { text: `announced: ${request.childResult}` };
  const label = /^do (\w+)$/.exec(request.prompt)?.[1];
  if (label === undefined) return { text: "NO_REPLY" };
  if (request.toolResults.length > 0) return { text: `started ${label}` };
  return { toolCalls: [{ name: "sessions_spawn", args: { task: `work on ${label}`, label } }] };
}
