import type { ReactElement } from "react";
import type { RunDetail } from "../api/response-types.ts";
import { linkTo } from "../components/router.ts";
import { EmptyState } from "../design/empty-state.tsx";
import { Panel } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { DeliveryBadge } from "../tasks/delivery-badge.tsx";
import { getTaskTitle } from "../tasks/task-title.ts";

/** The ledger's tasks that do the work of nodes. */
export function RunTasks({ tasks }: { tasks: RunDetail["tasks"] }): ReactElement {
  if (tasks.length === 0)
    return (
      <EmptyState icon="tasks" title="No task is linked to this run">
        A node whose work is done by a bound child shows it here.
      </EmptyState>
    );
  return (
    <Panel title="Tasks of this run" count={tasks.length} isFlush>
      <Table
        label="Tasks of this run"
        rows={tasks}
        getKey={(task) => task.taskId}
        columns={[
          { name: "Status", cell: (task) => <StatusBadge status={task.status} /> },
          {
            name: "Task",
            isMain: true,
            cell: (task) => (
              <a href={linkTo(["tasks", task.taskId])} data-row>
                {getTaskTitle(task).slice(0, 160)}
              </a>
            ),
          },
          { name: "Node", cell: (task) => <span className="mono">{task.link?.nodeId ?? "–"}</span> },
          { name: "Delivery", isWide: true, cell: (task) => <DeliveryBadge delivery={task.delivery} /> },
          { name: "Created", isWide: true, cell: (task) => <Time at={task.createdAt} /> },
        ]}
      />
    </Panel>
  );
}
