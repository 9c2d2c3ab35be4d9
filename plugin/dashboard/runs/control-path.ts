/** The address of a control of a run. */
export function controlPath(runId: string, action: string): string {
  return `api/runs/${encodeURIComponent(runId)}/actions/${action}`;
}
