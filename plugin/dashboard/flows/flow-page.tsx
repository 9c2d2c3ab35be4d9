import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { flowPrecondition } from "../api/preconditions.ts";
import { flowQuery } from "../api/queries.ts";
import type { FlowResponse, FlowRecord, FlowView } from "../api/response-types.ts";
import { toActionRequest } from "../api/use-action.ts";
import { ActionButton } from "../components/action-button.tsx";
import { isUndelivered } from "../components/is-undelivered.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { CodeBlock } from "../design/code-block.tsx";
import { Markdown } from "../design/markdown.tsx";
import { Facts, mono, Panel } from "../design/panel.tsx";
import { StatusBadge, StatusMark } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import "./flows.css";

/** One flow: what it is waiting on, what it has found, its tasks. */
export function FlowPage({ flowId }: { flowId: string }): ReactElement {
  const query = useQuery(flowQuery(flowId));
  const flow = query.data?.flow;
  return (
    <Page
      title={flow?.title ?? flowId}
      crumb={{ label: "Flows", href: "#/flows" }}
      sub={
        flow === undefined ? undefined : (
          <span className="line">
            <StatusBadge status={flow.status} />
            <span className="mono dim wrap">{flowId}</span>
            <span className="dim">
              changed <Time at={flow.updatedAt} />
            </span>
          </span>
        )
      }
      actions={query.data === undefined ? undefined : <FlowActions answer={query.data} />}
    >
      <Loaded query={query}>{(answer) => <FlowParts answer={answer} />}</Loaded>
    </Page>
  );
}

function FlowActions({ answer }: { answer: FlowResponse }): ReactElement | null {
  const { flow, view } = answer;
  const { flowId } = flow;
  const precondition = flowPrecondition(answer);
  if (flow.endedAt !== null) {
    const state = flow.delivery?.state;
    if (!isUndelivered(state)) return null;
    return (
      <ActionButton
        icon="retry"
        variant="primary"
        action={toActionRequest("flows", flowId, "retry_delivery", {
          label: "Retry delivery",
          precondition,
          done: "Its end will be told again",
        })}
      />
    );
  }
  if (flow.cancel !== null) return null;
  const isRun = flowId.startsWith("run:");
  const canResume = !isRun && (flow.status === "waiting" || flow.status === "blocked");
  return (
    <>
      {canResume ? (
        <ActionButton
          icon="play"
          variant={view.needsSomebody ? "primary" : "plain"}
          action={toActionRequest("flows", flowId, "resume", {
            label: "Resume",
            precondition,
            done: "The flow goes on",
          })}
        />
      ) : null}
      <ActionButton
        icon="stop"
        variant="danger"
        action={toActionRequest("flows", flowId, "cancel", {
          label: "Cancel",
          precondition,
          done: "The cancel is recorded",
        })}
        confirm="A cancel is never taken back: its tasks are asked to stop, and it ends when none is at work."
        words={{ name: "reason", label: "Reason (optional)" }}
      />
    </>
  );
}

function FlowParts({ answer }: { answer: FlowResponse }): ReactElement {
  const { flow, view, tasks } = answer;
  const runId = flow.flowId.startsWith("run:") ? flow.flowId.slice("run:".length) : null;
  const hasOutput = Object.keys(flow.output).length > 0;
  return (
    <div className="columns">
      <div className="stack">
        <WaitingOnPanel flow={flow} view={view} />
        {flow.error === null ? null : (
          <Panel title="Error">
            <CodeBlock text={flow.error} label="error" />
          </Panel>
        )}
        {flow.result === null ? null : (
          <Panel title="Result">
            <Markdown text={flow.result} />
          </Panel>
        )}
        <Panel title="Tasks" count={tasks.length} isFlush>
          {tasks.length === 0 ? (
            <p className="glance-empty">No task belongs to it.</p>
          ) : (
            <Table
              label="Tasks of the flow"
              rows={tasks}
              getKey={(task) => task.taskId}
              columns={[
                {
                  name: "Status",
                  cell: (task) => (
                    <StatusBadge status={task.status ?? "lost"}>
                      {task.status === null ? "not in the ledger" : undefined}
                    </StatusBadge>
                  ),
                },
                {
                  name: "Task",
                  isMain: true,
                  cell: (task) => (
                    <a href={linkTo(["tasks", task.taskId])} data-row>
                      {(task.what ?? task.taskId).slice(0, 160)}
                    </a>
                  ),
                },
                { name: "Phase", isWide: true, cell: (task) => (task.phase === null ? "–" : humanize(task.phase)) },
                { name: "Runtime", isWide: true, cell: (task) => task.runtime ?? "–" },
              ]}
            />
          )}
        </Panel>
        {hasOutput ? (
          <Panel title="Outputs" count={Object.keys(flow.output).length}>
            <CodeBlock text={JSON.stringify(flow.output, null, 2)} label="outputs" />
          </Panel>
        ) : null}
      </div>
      <Panel title="About">
        <Facts
          rows={[
            ["goal", flow.goal],
            ["step", flow.currentStep],
            ["latest", flow.latestUpdate],
            ["run", runId === null ? null : <a href={linkTo(["runs", runId])}>{runId}</a>],
            ["owner", mono(flow.ownerSessionKey)],
            ["created", <Time at={flow.createdAt} />],
            ["ended", flow.endedAt === null ? null : <Time at={flow.endedAt} />],
            ["revision", String(flow.revision)],
            ["tells", humanize(flow.notify)],
            ["delivery", flow.delivery === null ? null : <StatusBadge status={flow.delivery.state} />],
            ["why", flow.delivery?.reason],
            [
              "cancel",
              flow.cancel === null
                ? null
                : [`wanted by ${flow.cancel.by}`, flow.cancel.reason].filter(Boolean).join(": "),
            ],
          ]}
        />
      </Panel>
    </div>
  );
}

/** The first question about a flow: what is this job waiting on? */
export function WaitingOnPanel({ flow, view }: { flow: FlowRecord; view: FlowView }): ReactElement {
  const isEnded = flow.endedAt !== null;
  return (
    <Panel title="What is it waiting on?">
      {view.waitingOn.length === 0 ? (
        <p className="line">
          <StatusMark status={flow.status} isNamed />
          {isEnded ? `Nothing: it has ended, ${humanize(flow.status)}.` : "Nothing: its owner is at it."}
        </p>
      ) : (
        <ul className="waits">
          {view.waitingOn.map((wait, index) => (
            <li key={index}>
              <StatusMark status={wait.over === null ? "waiting" : "done"} isNamed />
              <span className="wrap">
                {wait.what}
                {wait.over === null ? null : <strong className="waits-over">: {wait.over}; it can go on</strong>}
              </span>
              <span className="list-side">
                <Time at={wait.since} isShort />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
