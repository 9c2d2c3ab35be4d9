import type { ReactElement } from "react";
import type { ShownTask, TaskContext } from "../api/response-types.ts";
import { CommandLine } from "../design/code-block.tsx";
import { Facts, Panel } from "../design/panel.tsx";
import { lengthText } from "../design/format-time.ts";

/** What a person or an agent needs to take the work up again. */
export function RecoveryContext({ task, context }: { task: ShownTask; context: TaskContext }): ReactElement {
  return (
    <Panel
      title="To take it up again"
      actions={<CommandLine command={`clawtask tasks show ${task.taskId} --context`} />}
    >
      <Facts
        rows={[
          ["last step", context.lastProgress],
          ["next", context.nextAction],
          ["quiet for", context.quietMs === 0 ? null : lengthText(context.quietMs)],
          [
            "worker",
            <span key="worker" className="mono">
              {context.worker.sessionKey ?? "–"}
            </span>,
          ],
          ["agent", context.worker.agentId],
          [
            "transcript",
            context.worker.sessionId === null ? null : (
              <span key="session" className="mono">
                {context.worker.sessionId}
              </span>
            ),
          ],
          [
            "requester",
            <span key="requester" className="mono">
              {context.requester.sessionKey ?? "–"}
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}
