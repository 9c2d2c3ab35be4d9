import { stringify } from "yaml";
import { plainLine, sha256Hex } from "../../../registry-helper/internal.ts";

const MAX_TITLE_LENGTH = 80;

/** A workflow of one node that does what was asked for, and reports. The same words make the same workflow. */
export function createTaskWorkflow({ title, task }: { title: string | undefined; task: string }): string {
  const heading = title ?? plainLine(task.trim().split("\n")[0] ?? "", MAX_TITLE_LENGTH);
  const definition = {
    workflowId: `task-${sha256Hex(JSON.stringify([heading, task])).slice(0, 8)}`,
    title: heading,
    nodes: [{ id: "task", title: heading, kind: "session_turn", needs: [], prompt: task, outputs: { mode: "report" } }],
  };
  return `---\n${stringify(definition)}---\n`;
}
