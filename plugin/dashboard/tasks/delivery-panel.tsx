import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { taskEventsQuery } from "../api/queries.ts";
import type { TaskEvent, TaskResponse, DeliveryRecord } from "../api/response-types.ts";
import { Facts, mono } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";

const NO_EVENTS: TaskEvent[] = [];

/** The way of the result to its requester, with each receipt. */
export function DeliveryPanel({ task }: { task: TaskResponse["task"] }): ReactElement {
  const { delivery, route } = task;
  const { data } = useQuery(taskEventsQuery(task.taskId));
  const steps = (data?.events ?? NO_EVENTS).filter(
    ({ event, delivery: about }) => event.startsWith("delivery.") && about?.of === undefined,
  );
  return (
    <div className="stack">
      <Facts
        rows={[
          ["state", <StatusBadge status={delivery?.state ?? "none"} />],
          ["why", delivery?.reason],
          ["to", route === null ? "no channel" : [route.channel, route.to, route.threadId].filter(Boolean).join(" · ")],
          [
            "told by",
            delivery === null ? task.capabilities.teller : delivery.sender === "host" ? "the host" : "ClawTask",
          ],
          ["receipt", mono(delivery?.receipt)],
          ["generation", delivery === null || delivery.generation < 2 ? null : String(delivery.generation)],
          ["tries", delivery === null || delivery.tries === 0 ? null : String(delivery.tries)],
          ["next step", delivery?.dueAt == null ? null : <Time at={delivery.dueAt} />],
          ["given up", delivery?.dueAt == null ? null : <Time at={delivery.deadlineAt} />],
        ]}
      />
      {steps.length === 0 ? null : (
        <ol className="steps" aria-label="Steps of the delivery">
          {steps.map((step) => (
            <li key={step.seq}>
              <StatusBadge status={step.event.slice("delivery.".length)} />
              <span className="steps-text wrap">{step.delivery?.reason ?? step.delivery?.receipt ?? ""}</span>
              <span className="list-side">
                <Time at={step.timestamp} isShort />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** What the states of a delivery mean to the one who reads a list. */
const LABELS: Readonly<Record<string, string>> = {
  pending: "to be told",
  sending: "being sent",
  delivered: "delivered",
  session_queued: "left in session",
  ambiguous: "arrived?",
  failed: "not delivered",
  reported: "reported",
  dismissed: "dismissed",
};

/** Whether the result is with its requester. Nothing where nobody is to be told. */
export function DeliveryBadge({ delivery }: { delivery: DeliveryRecord | null }): ReactElement | null {
  if (delivery === null || delivery.state === "none") return null;
  return <StatusBadge status={delivery.state}>{LABELS[delivery.state]}</StatusBadge>;
}
