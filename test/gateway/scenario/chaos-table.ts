import type { Line } from "./chaos-evaluation.ts";
import { getKind } from "./chaos-pieces.ts";

/** Widest line of the table. */
const WIDTH = 100;

/** The table of all pieces: what the host says, what we say, and who was told. */
export function chaosTable(lines: readonly Line[]): string {
  const head = ["task", "runtime", "ending", "host row", "ours", "delivery", "msgs", "verdict"];
  const rows = lines.map((line) => {
    const { piece, rows, tasks, seenMessages } = line;
    const [task] = tasks;
    return [
      piece.name,
      getKind(piece).runtime,
      getKind(piece).ending,
      rows.map(({ status }) => status).join("+") || "-",
      task === undefined ? "-" : `${task.status}${task.attempts.length > 1 ? ` (${task.attempts.length})` : ""}`,
      task?.delivery === undefined || task.delivery === null ? "-" : `${task.delivery.state}/${task.delivery.sender}`,
      String(seenMessages.length),
      verdict(line),
    ];
  });
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? "")].map((cell) => cell.length)),
  );
  return [head, ...rows]
    .map((row) => cut(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" ")))
    .join("\n");
}

/** What the marks of the table mean. */
const MARKS = [
  {
    mark: "*",
    is: (line: Line) => line.isHostsOwnRepeat,
    means: "told again by the host itself after a restart or a lost answer; ClawTask sent nothing",
  },
  {
    mark: "+",
    is: (line: Line) => line.isAheadOfHost,
    means: "ended, as was heard; the host was stopped before it wrote that down and calls it cut off",
  },
];

function verdict(line: Line): string {
  if (line.wrong.length > 0) return line.wrong.join("; ");
  return `ok${MARKS.flatMap(({ mark, is }) => (is(line) ? mark : [])).join("")}`;
}

/** What those marks mean that stand in the table. */
export function footnotes(lines: readonly Line[]): string {
  return MARKS.flatMap(({ mark, is, means }) => (lines.some(is) ? `${mark} ${means}\n` : [])).join("");
}

/** Results that are not with their requester, with the reason; what is silent by policy is not among them. */
export function undelivered(lines: readonly Line[]): string {
  const listed = lines.flatMap(({ piece, tasks, seenMessages }) => {
    const { state, reason } = tasks[0]?.delivery ?? {};
    if (getKind(piece).announcer === "nobody" || state === "delivered" || state === undefined) return [];
    return [cut(`${piece.name} ${state} (${seenMessages.length} seen): ${reason ?? ""}`)];
  });
  return listed.length === 0 ? "none" : listed.join("\n");
}

/**
 * Milliseconds from the end of work to the channel's receipt of ClawTask's own message, where nothing was queued
 * ahead.
 */
export function pushLatencies(lines: readonly Line[], measured: readonly string[]): number[] {
  return lines
    .filter(({ piece }) => measured.includes(piece.name))
    .flatMap(({ tasks, seenMessages }) => {
      const [task] = tasks;
      const [first] = seenMessages;
      if (first?.by !== "clawtask" || task?.endedAt == null || task.delivery?.tries !== 1) return [];
      return [first.at - Date.parse(task.endedAt)];
    })
    .sort((one, other) => one - other);
}

export function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function cut(line: string): string {
  const plain = line.trimEnd().replaceAll("\n", " ");
  return plain.length <= WIDTH ? plain : `${plain.slice(0, WIDTH - 1)}…`;
}
