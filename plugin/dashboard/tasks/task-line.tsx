import { memo, type ReactElement } from "react";
import type { TaskListItem } from "../api/response-types.ts";
import { linkTo } from "../components/router.ts";
import { formatShortDuration } from "../design/format-time.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import { DeliveryBadge } from "./delivery-panel.tsx";
import { getTaskHeading } from "./task-title.ts";

/** Texts are cut before they reach the page; the whole is one click away. */
const MAX_TEXT_LENGTH = 200;

/** A result is often Markdown; in one line its marks are only noise. */
function plainNote(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)?/g, "$1")
    .replace(/(^|\s)#{1,6}\s+/g, "$1")
    .replace(/\*\*|__|`/g, "");
}

interface TaskLineProps {
  task: TaskListItem;
  isNarrow: boolean;
  isOwnerShown: boolean;
}

/** One task in a list: how it stands, what it is, what it is doing, whether its result arrived. */
export const TaskLine = memo(function TaskLine({ task, isNarrow, isOwnerShown }: TaskLineProps): ReactElement {
  const { view } = task;
  const isEnded = view.phase === "done" || view.phase === "failed";
  const status = isEnded ? task.status : view.phase;
  const note = (isEnded ? (task.errorSummary ?? task.result) : (view.latestUpdate ?? view.answers.why)) ?? "";
  const name = getTaskHeading(task).slice(0, MAX_TEXT_LENGTH);
  return (
    <a className="list-link task-line" href={linkTo(["tasks", task.taskId])} data-row>
      <StatusMark status={status} />
      <span className="list-title">
        <span className="cut" title={name}>
          {name}
        </span>
        <span className="cut list-note">
          {isNarrow ? `${humanize(status)}${note === "" ? "" : " · "}` : ""}
          {plainNote(note.slice(0, MAX_TEXT_LENGTH))}
        </span>
      </span>
      <span className="task-phase list-wide">{humanize(status)}</span>
      <span className="task-runtime list-wide">
        <span className="list-tag">{task.runtime}</span>
      </span>
      {isOwnerShown ? (
        <span className="task-owner list-wide cut dim" title={task.requesterSessionKey ?? ""}>
          {task.requesterSessionKey ?? ""}
        </span>
      ) : null}
      <span className="task-delivery">
        <DeliveryBadge delivery={task.delivery} />
      </span>
      <span className="list-side task-took list-wide">{formatShortDuration(view.clocks.totalMs)}</span>
      <span className="list-side task-when">
        <Time at={task.endedAt ?? view.lastActivityAt} isShort={isNarrow} />
      </span>
    </a>
  );
});
