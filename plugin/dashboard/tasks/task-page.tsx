import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { taskQuery } from "../api/queries.ts";
import type { TaskListItem, TaskResponse, TaskContext } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { CodeBlock, CommandSnippet } from "../design/code-block.tsx";
import { formatShortDuration } from "../design/format-time.ts";
import { Markdown } from "../design/markdown.tsx";
import { Facts, Panel, mono } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import { DeliveryPanel } from "./delivery-panel.tsx";
import { TaskActions } from "./task-actions.tsx";
import { AttemptList, PhaseHistory, TaskEventList } from "./task-history.tsx";
import { TaskSummary } from "./task-summary.tsx";
import { getTaskHeading } from "./task-title.ts";
import "./task-page.css";

/** One task: the five answers first, then everything else that is known. */
export function TaskPage({ taskId }: { taskId: string }): ReactElement {
  const query = useQuery(taskQuery(taskId));
  const task = query.data?.task;
  return (
    <Page
      title={task === undefined ? taskId : getTaskHeading(task)}
      crumb={{ label: "Tasks", href: "#/tasks" }}
      sub={
        task === undefined ? undefined : (
          <span className="line">
            <StatusBadge status={task.status} />
            <span className="list-tag">
              {task.taskKind === null ? task.runtime : `${task.runtime}: ${task.taskKind}`}
            </span>
            <span className="mono dim wrap">{taskId}</span>
          </span>
        )
      }
      actions={query.data === undefined ? undefined : <TaskActions answer={query.data} />}
    >
      <Loaded query={query}>{(answer) => <TaskParts answer={answer} />}</Loaded>
    </Page>
  );
}

function TaskParts({ answer }: { answer: TaskResponse }): ReactElement {
  const { task, parent, children, childCount, context } = answer;
  return (
    <>
      <TaskSummary task={task} />
      <div className="columns">
        <div className="stack">
          {task.error === null ? null : (
            <Panel title="Error">
              <CodeBlock text={task.error} label="error" />
            </Panel>
          )}
          {task.result === null ? null : (
            <Panel title="Result">
              <Markdown text={task.result} />
            </Panel>
          )}
          {task.task === null ? null : (
            <Panel title="Asked for">
              <Markdown text={task.task} />
            </Panel>
          )}
          <PhaseHistory taskId={task.taskId} />
          <AttemptList task={task} />
          {context === undefined ? null : <RecoveryContext task={task} context={context} />}
          <TaskEventList taskId={task.taskId} />
        </div>
        <div className="stack">
          <Panel title="Delivery">
            <DeliveryPanel task={task} />
          </Panel>
          <Panel title="About">
            <Facts
              rows={[
                ["created", <Time at={task.createdAt} />],
                ["started", task.startedAt === null ? null : <Time at={task.startedAt} />],
                ["ended", task.endedAt === null ? null : <Time at={task.endedAt} />],
                ["took", formatTook(task.view.clocks)],
                ["asked by", task.requesterSessionKey === null ? null : <OwnerLink owner={task.requesterSessionKey} />],
                [
                  "node",
                  task.link === null ? null : (
                    <a href={linkTo(["runs", task.link.runId], { node: task.link.nodeId })}>
                      {task.link.runId} / {task.link.nodeId}
                    </a>
                  ),
                ],
                ["flow", task.flowId === null ? null : <a href={linkTo(["flows", task.flowId])}>{task.flowId}</a>],
                [
                  "parent",
                  parent === null ? task.parentTaskId : <a href={linkTo(["tasks", parent.taskId])}>{parent.what}</a>,
                ],
                ["can be stopped", task.capabilities.canCancel ? "yes" : `no: ${task.capabilities.whyNot ?? ""}`],
                ["progress", task.capabilities.progress ?? "not seen until it ends"],
                [
                  "tokens",
                  task.usage === null ? null : `${task.usage.input ?? "?"} in, ${task.usage.output ?? "?"} out`,
                ],
                [
                  "late result",
                  task.lateResult === undefined
                    ? null
                    : [humanize(task.lateResult.status), task.lateResult.result ?? task.lateResult.error]
                        .filter(Boolean)
                        .join(": "),
                ],
                ["late signals", task.lateSignals === 0 ? null : String(task.lateSignals)],
                [
                  "cancel",
                  task.cancel === null
                    ? null
                    : [`${task.cancel.outcome}, by ${task.cancel.by}`, task.cancel.reason].filter(Boolean).join(": "),
                ],
              ]}
            />
          </Panel>
          {children.length === 0 ? null : (
            <Panel title="Started by it" count={childCount} isFlush>
              <ul>
                {children.map((child) => (
                  <li key={child.taskId}>
                    <a className="glance" href={linkTo(["tasks", child.taskId])}>
                      <span className="glance-text">
                        <span className="cut" title={child.what}>
                          {child.what}
                        </span>
                      </span>
                      <StatusBadge status={child.status} />
                    </a>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          {task.artifacts.length === 0 ? null : (
            <Panel title="Artifacts" count={task.artifacts.length}>
              <ul className="paths">
                {task.artifacts.map((path) => (
                  <li key={path} className="mono wrap">
                    {path}
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

function formatTook({ totalMs, queuedMs }: TaskListItem["view"]["clocks"]): string {
  return `${formatShortDuration(totalMs)}${queuedMs < 1_000 ? "" : `, ${formatShortDuration(queuedMs)} of it queued`}`;
}

function OwnerLink({ owner }: { owner: string }): ReactElement {
  return (
    <a className="mono" href={linkTo(["tasks"], { owner })} title="all tasks of this session">
      {owner}
    </a>
  );
}

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
          ["quiet for", context.quietMs === 0 ? null : formatShortDuration(context.quietMs)],
          ["worker", mono(context.worker.sessionKey ?? "–")],
          ["agent", context.worker.agentId],
          ["transcript", mono(context.worker.sessionId)],
          ["requester", mono(context.requester.sessionKey ?? "–")],
        ]}
      />
    </Panel>
  );
}
