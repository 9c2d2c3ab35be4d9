import { formatDuration } from "../../model/duration.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { type Micros, parseMicros, shortTime } from "../../model/time.ts";
import { timeline } from "../../operations/runs/timeline.ts";
import type { Timeline, TimelineSpan } from "../../views/reports/timeline.ts";
import { defineCommand } from "../define-command.ts";
import { COLUMNS, wrap } from "../output/table.ts";

/** What took how long in a run, and what made it take that long. */
export const timelineCommand = defineCommand({
  command: "timeline",
  positionals: [{ name: "run_id" }],
  run(context, input) {
    const { document } = timeline(context, input);
    const { runId, status, spans } = document;
    return {
      json: document,
      text: () =>
        spans.length === 0 ? `nothing has begun in run ${runId}\n` : timelineText(document, `${runId}: ${status}`),
    };
  },
});

const MAX_LABEL_LENGTH = 24;
/** Of a duration at the end of a line, with a space before it. */
const TIME_WIDTH = 8;

function timelineText(line: Timeline, title: string): string {
  const labels = line.spans.map(formatSpanLabel);
  const labelWidth = Math.min(MAX_LABEL_LENGTH, Math.max(...labels.map((label) => label.length)));
  const room = COLUMNS - labelWidth - 2 - TIME_WIDTH - 1;
  const from = parseMicros(line.startedAt) ?? 0;
  // Microseconds per column.
  const scale = Math.max(1, (line.ms * 1000) / room);
  const rows = line.spans.map((span, index) => {
    const label = plainLine(labels[index] ?? "", labelWidth).padEnd(labelWidth);
    return `${label}  ${formatBar(span, { from, scale, room })} ${formatDuration(span.ms).padStart(TIME_WIDTH)}`;
  });
  const end = line.endedAt === null ? "goes on" : shortTime(line.endedAt);
  return [
    plainLine(`${title}, ${formatDuration(line.ms)} (${shortTime(line.startedAt)} to ${end})`, COLUMNS),
    "",
    ...rows,
    "",
    wrap(`critical path: ${line.criticalPath.join(" > ")}`, ""),
    "# critical  = other work  . ready, not begun  x failed  > goes on",
    "",
  ].join("\n");
}

function formatSpanLabel({ nodeId, attempt }: TimelineSpan): string {
  return attempt === 1 ? nodeId : `${nodeId} (${attempt})`;
}

function formatBar(span: TimelineSpan, place: { from: Micros; scale: number; room: number }): string {
  const { from, scale, room } = place;
  const column = (at: string): number =>
    Math.min(room - 1, Math.max(0, Math.floor(((parseMicros(at) ?? from) - from) / scale)));
  const ready = column(span.readyAt);
  const start = column(span.startedAt);
  const last = span.endedAt === null ? room - 1 : Math.max(start, column(span.endedAt) - 1);
  const body = (span.isCritical ? "#" : "=").repeat(last - start);
  const endings: Record<string, string> = { failed: "x", running: ">", waiting: ">" };
  const tip = endings[span.status] ?? (span.isCritical ? "#" : "=");
  return `${" ".repeat(ready)}${".".repeat(start - ready)}${body}${tip}`.padEnd(room);
}
