import type { ServiceBlock } from "../../registry-helper/internal.ts";

/** Tools that reach nothing outside of this machine and gateway: their errors say nothing of a login or a service. */
const LOCAL_TOOLS = new Set([
  ...["read", "ls", "find", "grep", "glob", "write", "edit", "apply_patch", "process", "memory_search", "memory_get"],
  ...["sessions_spawn", "sessions_yield", "sessions_send", "sessions_list", "sessions_history", "session_status"],
  ...["subagents", "agents_list", "automations", "cron", "gateway", "canvas", "show_widget", "skill_workshop"],
  ...["progress_card", "update_plan", "ask_user", "ask_question", "get_goal", "create_goal", "update_goal", "wait"],
]);

/** Programs by which a shell command reaches a service; the error of any other one is not about a service. */
const NETWORK_PROGRAM =
  /(?:^|[\s;&|(])(curl|wget|http|gh|glab|ssh|scp|rsync|aws|gcloud|az|kubectl|docker|podman|terraform|psql|npm|pnpm|yarn|pip|cargo|git (?:clone|fetch|pull|push|ls-remote))(?=\s)/;

/** Calls of other tools that succeed until work counts as going on without the service. */
const CALLS_WITHOUT_SERVICE = 5;

/** The service that a call reaches, by a name that its next call has again; undefined for one that reaches none. */
export function getService(tool: string, command: string | undefined): string | undefined {
  if (tool === "exec" || tool === "bash" || tool === "shell") return NETWORK_PROGRAM.exec(command ?? "")?.[1];
  return LOCAL_TOOLS.has(tool) ? undefined : tool;
}

/** The services of one run that did not answer when they were last called. */
export class ServiceBlocks {
  private readonly blocks = new Map<string, { reason: ServiceBlock; callsSince: number }>();

  /** What holds the run up; a missing login before a silent service, since it needs a person. */
  get current(): ServiceBlock | null {
    const reasons = [...this.blocks.values()].map(({ reason }) => reason);
    return reasons.includes("auth") ? "auth" : (reasons[0] ?? null);
  }

  block(service: string, reason: ServiceBlock): void {
    this.blocks.set(service, { reason, callsSince: 0 });
  }

  /** A call succeeded. Its service answers; and who gets on with other tools is not held up for ever. */
  succeed(service: string | undefined): void {
    if (service !== undefined) this.blocks.delete(service);
    for (const [name, block] of this.blocks) {
      block.callsSince += 1;
      if (block.callsSince >= CALLS_WITHOUT_SERVICE) this.blocks.delete(name);
    }
  }
}
