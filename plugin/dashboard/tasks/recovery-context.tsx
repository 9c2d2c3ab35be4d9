import type { ReactElement } from "react";
import type { TaskListItem, TaskContext } from "../api/response-types.ts";
import { CommandSnippet } from "../design/code-block.tsx";
import { formatDuration } from "../design/format-time.ts";
import { Facts, mono, Panel } from "../design/panel.tsx";

/** What a person or an agent needs to take the work up again. */
export function RecoveryContext({ task, context }: { task: TaskListItem; context: TaskContext }): ReactElement {
  return (
    <Panel
      title="To take it up again"
      actions={<CommandSnippet command={`clawtask tasks show ${task.taskId} --context`} />}
    >
      <Facts
        rows={[
          ["last step", context.lastProgress],
          ["next", context.nextAction],
          ["quiet for", context.quietMs === 0 ? null : formatDuration(context.quietMs)],
          ["worker", mono(context.worker.sessionKey ?? "–")],
          ["agent", context.worker.agentId],
          ["transcript", mono(context.worker.sessionId)],
          ["requester", mono(context.requester.sessionKey ?? "–")],
        ]}
      />
    </Panel>
  );
}
