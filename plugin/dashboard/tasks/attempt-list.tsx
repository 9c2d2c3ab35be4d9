import type { ReactElement } from "react";
import type { TaskListItem } from "../api/response-types.ts";
import { Panel } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";

/** Each execution and who did it. */
export function AttemptList({ task }: { task: TaskListItem }): ReactElement | null {
  if (task.attempts.length === 0) return null;
  return (
    <Panel title="Attempts" count={task.attempts.length} isFlush>
      <Table
        label="Attempts"
        rows={task.attempts}
        getKey={(one) => String(one.attempt)}
        columns={[
          { name: "#", cell: (one) => one.attempt },
          { name: "Status", cell: (one) => <StatusBadge status={one.status} /> },
          {
            name: "Worker",
            isMain: true,
            cell: ({ worker, runId }) => (
              <>
                <span className="wrap">
                  {[worker.kind.replaceAll("_", " "), worker.agentId, worker.model].filter(Boolean).join(", ")}
                </span>
                <span className="mono dim wrap attempt-key">{worker.sessionKey ?? runId ?? ""}</span>
              </>
            ),
          },
          { name: "Started", isWide: true, cell: (one) => <Time at={one.startedAt} /> },
          { name: "Ended", isWide: true, cell: (one) => <Time at={one.endedAt} /> },
        ]}
      />
    </Panel>
  );
}
