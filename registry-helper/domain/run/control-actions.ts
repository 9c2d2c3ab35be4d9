/** Every explicit control of a run. The first eight are OpenTask's. */
export const CONTROL_ACTIONS = [
  "pause",
  "resume",
  "retry",
  "skip",
  "approve",
  "send_message",
  "patch_cron",
  "tick",
  "cancel",
  "reject",
  "add_node",
  "rewire_node",
  "note",
] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** Controls that are about one node. */
export const NODE_ACTIONS: readonly ControlAction[] = ["retry", "skip", "approve", "reject", "rewire_node"];

export function isControlAction(action: string): action is ControlAction {
  return (CONTROL_ACTIONS as readonly string[]).includes(action);
}
