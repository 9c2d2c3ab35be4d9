import { stringify } from "yaml";
import { sha256Hex } from "../../../registry-helper/model/hash.ts";
import { plainLine } from "../../../registry-helper/model/sanitize-text.ts";

const LONGEST_TITLE = 80;

/** A workflow of one node that does what was asked for, and reports. The same words make the same workflow. */
export function taskWorkflow({ title, task }: { title: string | undefined; task: string }): string {
  const words = title ?? plainLine(task.trim().split("\n")[0] ?? "", LONGEST_TITLE);
  const definition = {
    workflowId: `task-${sha256Hex(JSON.stringify([words, task])).slice(0, 8)}`,
    title: words,
    nodes: [{ id: "task", title: words, kind: "session_turn", needs: [], prompt: task, outputs: { mode: "report" } }],
  };
  return `---\n${stringify(definition)}---\n`;
}
