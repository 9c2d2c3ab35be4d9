import { type ReactElement, useEffect, useRef, useState } from "react";
import { nodePrecondition } from "../api/preconditions.ts";
import type { RunDetail, RunNode } from "../api/response-types.ts";
import { type ActionRequest, toActionRequest } from "../api/use-action.ts";
import { AnswerForm } from "../approval/approval-form.tsx";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo, useQueryValues } from "../components/router.ts";
import { useNarrowViewport } from "../components/use-narrow-viewport.ts";
import { Button } from "../design/button.tsx";
import { CodeBlock } from "../design/code-block.tsx";
import { formatShortDuration } from "../design/format-time.ts";
import { Facts, mono, Panel } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import { ForkDialog } from "./fork-dialog.tsx";

interface NodePanelProps {
  detail: RunDetail;
  node: RunNode;
  isPast: boolean;
}

/** One node: how it stands and why, who works on it, its attempts, its answer, and what can be done. */
export function NodePanel({ detail, node, isPast }: NodePanelProps): ReactElement {
  const [, setValues] = useQueryValues();
  const { state } = detail;
  const panel = useRef<HTMLElement>(null);
  const isNarrow = useNarrowViewport();
  useEffect(() => {
    // On a phone the panel lies below the graph; who chose a node wants to see it.
    if (isNarrow) panel.current?.scrollIntoView({ block: "start", behavior: "smooth" });
  }, [node.id, isNarrow]);
  const close = (): void => {
    setValues({ node: null });
    document.querySelector<HTMLElement>(`[data-node=${CSS.escape(node.id)}]`)?.focus({ preventScroll: true });
  };
  const question = detail.questions.find(({ nodeId }) => nodeId === node.id);
  return (
    <aside ref={panel} className="node-panel" tabIndex={-1} aria-label={`Node ${node.id}`}>
      <Panel
        title={node.title}
        actions={<Button variant="quiet" icon="cross" aria-label="Close the node" onClick={close} />}
      >
        <div className="stack">
          <span className="line">
            <StatusBadge status={node.status} />
            <span className="list-tag">{humanize(node.kind)}</span>
            <span className="mono dim wrap">{node.id}</span>
          </span>
          {node.conflict === undefined ? null : <p className="node-conflict wrap">{node.conflict}</p>}
          {isPast ? null : <Remarks detail={detail} nodeId={node.id} />}
          {node.lastMessage === undefined ? null : <p className="node-said wrap">{node.lastMessage}</p>}
          {question === undefined || isPast ? null : (
            <AnswerForm
              key={node.id}
              runId={state.runId}
              question={question}
              precondition={nodePrecondition(detail, node.id)}
              onDone={() => panel.current?.focus({ preventScroll: true })}
            />
          )}
          {isManual(node) && !isPast ? (
            <div className="line">
              <ActionButton
                icon="play"
                variant="primary"
                action={toNodeControl(detail, node.id, "approve", { label: "Go on", done: "The wait is over" })}
              />
            </div>
          ) : null}
          <NodeActions detail={detail} node={node} isPast={isPast} />
          <NodeFacts detail={detail} node={node} />
          {node.output === undefined ? null : (
            <CodeBlock text={JSON.stringify(node.output, null, 2)} label="result.json" />
          )}
          <Attempts node={node} />
        </div>
      </Panel>
    </aside>
  );
}

const REMARK_LABELS: Readonly<Record<string, string>> = {
  unanswered: "Nobody answered",
  reported: "Passed on, and not counted",
  unverified: "Unverified",
};

/** What has to be known of a node that looks as if it were done. */
function Remarks({ detail, nodeId }: { detail: RunDetail; nodeId: string }): ReactElement {
  const remarks = detail.remarks.filter((one) => one.nodeId === nodeId && one.kind !== "answered");
  return (
    <>
      {remarks.map(({ kind, text }) => (
        <p key={kind} className="node-conflict wrap">
          {REMARK_LABELS[kind]}: {text}
        </p>
      ))}
    </>
  );
}

/** The answer as the API words it; of a past state, as far as its record tells. */
function formatNodeAnswer(detail: RunDetail, { id, answer }: RunNode): string | null {
  if (answer === undefined) return null;
  const remark = detail.remarks.find(({ nodeId, kind }) => nodeId === id && kind === "answered");
  return remark?.text ?? [`${answer.choice}, by ${answer.by}`, answer.words].filter(Boolean).join(": ");
}

/** A wait that a person ends. */
function isManual({ kind, status, waitFor }: RunNode): boolean {
  return (
    kind === "wait" &&
    status === "waiting" &&
    typeof waitFor === "object" &&
    waitFor !== null &&
    !Array.isArray(waitFor) &&
    waitFor["type"] === "manual"
  );
}

/** A control of one node, as it was seen. */
function toNodeControl(
  detail: RunDetail,
  nodeId: string,
  action: string,
  about: { label: string; done: string },
): ActionRequest {
  const precondition = nodePrecondition(detail, nodeId);
  return toActionRequest("runs", detail.state.runId, action, { ...about, body: { nodeId }, precondition });
}

function NodeActions({ detail, node, isPast }: { detail: RunDetail; node: RunNode; isPast: boolean }): ReactElement {
  const { status } = detail.state;
  const [isForking, setForking] = useState(false);
  const isEnded = ["completed", "failed", "skipped"].includes(node.status);
  const canChange = !isPast && status !== "cancelled";
  return (
    <div className="line">
      {canChange && (node.status === "failed" || node.status === "running") ? (
        <ActionButton
          icon="retry"
          variant={node.status === "failed" ? "primary" : "plain"}
          action={toNodeControl(detail, node.id, "retry", { label: "Retry", done: `${node.id}: a new attempt` })}
          words={{ name: "message", label: "What is to be different (optional)" }}
          {...(node.status === "running" ? { confirm: "It is being worked on. What is done now is given up." } : {})}
        />
      ) : null}
      {canChange && !isEnded ? (
        <ActionButton
          icon="skip"
          action={toNodeControl(detail, node.id, "skip", { label: "Skip", done: `${node.id} is left out` })}
          confirm="It is left out, and what needs it goes on without it."
          words={{ name: "message", label: "Reason (optional)" }}
        />
      ) : null}
      <Button icon="fork" onClick={() => setForking(true)}>
        Fork from here
      </Button>
      {isForking ? <ForkDialog state={detail.state} from={node.id} onClose={() => setForking(false)} /> : null}
    </div>
  );
}

function NodeFacts({ detail, node }: { detail: RunDetail; node: RunNode }): ReactElement {
  const task = detail.tasks.find(({ link }) => link?.nodeId === node.id);
  const ms =
    node.startedAt === null || node.completedAt === null
      ? null
      : Date.parse(node.completedAt) - Date.parse(node.startedAt);
  return (
    <Facts
      rows={[
        ["to be different", node.retry],
        ["reason", node.reason === undefined ? null : humanize(node.reason)],
        ["held up by", node.blockedBy?.join(", ")],
        ["left out by", node.skippedBy],
        ["needs", node.needs.join(", ")],
        ["started", node.startedAt === null ? null : <Time at={node.startedAt} />],
        ["ended", node.completedAt === null ? null : <Time at={node.completedAt} />],
        ["took", ms === null ? null : formatShortDuration(ms)],
        ["must end", node.deadlineAt === undefined ? null : <Time at={node.deadlineAt} />],
        ["tried again", node.retryAt === undefined ? null : <Time at={node.retryAt} />],
        ["held by", node.claim?.by],
        [
          "task",
          task === undefined ? null : (
            <a className="mono" href={linkTo(["tasks", task.taskId])}>
              {task.taskId}
            </a>
          ),
        ],
        ["session", mono(node.childSessionKey)],
        ["answer", formatNodeAnswer(detail, node)],
        ["without", node.status === "completed" ? node.missingArtifacts?.join(", ") : null],
        [
          "seen",
          node.observed === undefined
            ? null
            : [humanize(node.observed.status), node.observed.summary].filter(Boolean).join(": "),
        ],
        ["tokens", node.usage === undefined ? null : `${node.usage.input ?? "?"} in, ${node.usage.output ?? "?"} out`],
        [
          "evidence",
          node.evidence === undefined
            ? null
            : node.evidence.map(({ path, size }) => `${path} (${size} bytes)`).join(", "),
        ],
      ]}
    />
  );
}

function Attempts({ node }: { node: RunNode }): ReactElement | null {
  const attempts = node.attempts ?? [];
  if (attempts.length === 0) return null;
  return (
    <div>
      <h3 className="node-attempts-title">Earlier attempts</h3>
      <ol className="node-attempts">
        {attempts.map((one) => (
          <li key={one.attempt}>
            <StatusBadge status={one.status}>{one.reason === undefined ? undefined : humanize(one.reason)}</StatusBadge>
            <span className="wrap">{one.lastMessage ?? ""}</span>
            <span className="list-side">
              <Time at={one.completedAt ?? one.startedAt} isShort />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
