import { plainLine } from "../../model/sanitize-text.ts";
import type { Micros } from "../../model/time.ts";
import { status, type WorkDocument } from "../../operations/attention/status.ts";
import { LIMIT_OPTION } from "../arguments/common-options.ts";
import { defineCommand } from "../define-command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { displayWidth, fitLine, wrap } from "../output/layout.ts";
import { ago } from "../output/table.ts";

/** Longest text of one item that is printed. */
const MAX_TEXT = 400;
/** Least columns of a title; where a name leaves less, the line is cut. */
const MIN_TITLE = 8;

/** Everything under way: runs and flows with their tasks, and tasks of their own. */
export const statusCommand = defineCommand({
  command: "status",
  options: [LIMIT_OPTION],
  run(context, input) {
    const { registry, columns } = context;
    const { document } = status(toIndexedContext(context), input);
    const { total, needAttention, items } = document;
    return {
      json: document,
      text: () => {
        if (total === 0) return "nothing is under way\n";
        const now = registry.now();
        const rest = total > items.length ? [`and ${total - items.length} more (--limit)`] : [];
        const head = `${total} under way, ${needAttention} need${needAttention === 1 ? "s" : ""} attention`;
        return `${[head, ...items.map((item) => itemText(item, now, columns)), ...rest].join("\n\n")}\n`;
      },
    };
  },
});

function itemText(item: WorkDocument, now: Micros, columns: number): string {
  const { doing, why, latestUpdate, progress, attempt, isDoneNotReported, command, tasks = [] } = item;
  const since = ago(item.lastActivityAt, now);
  const facts = [
    attempt === undefined ? doing : `${doing}, attempt ${attempt}`,
    ...(isDoneNotReported ? ["not reported yet"] : []),
    ...(progress === undefined || progress.total === 0 ? [] : [`${progress.done} of ${progress.total} done`]),
    since === "now" ? "active now" : `last activity ${since} ago`,
  ];
  return [
    `${item.needsAttention ? "!" : " "} ${headText(item, columns - 2)}`,
    wrap(plainLine(facts.join(", "), MAX_TEXT), "  ", columns),
    ...(why === null ? [] : [wrap(plainLine(why, MAX_TEXT), "  ", columns)]),
    ...(latestUpdate === null ? [] : [wrap(plainLine(`latest: ${latestUpdate}`, MAX_TEXT), "  ", columns)]),
    ...(command === null ? [] : [`  $ ${command}`]),
    ...tasks.map((task) => taskText(task, columns)),
  ].join("\n");
}

/** The name that commands take is shown whole: the title gives way to it. */
function headText(item: WorkDocument, room: number): string {
  const name = `(${item.subject.kind} ${shortId(item)})`;
  const left = room - displayWidth(name) - 2;
  return left < MIN_TITLE ? fitLine(`${item.title}  ${name}`, room) : `${fitLine(item.title, left)}  ${name}`;
}

/** A task below its run or flow takes one line. */
function taskText({ title, doing, why, attempt, needsAttention }: WorkDocument, columns: number): string {
  const again = attempt === undefined ? "" : `, attempt ${attempt}`;
  const words = `${title}: ${doing}${again}${why === null ? "" : ` (${why})`}${needsAttention ? " !" : ""}`;
  return `    - ${fitLine(words, columns - 6)}`;
}

/** Runs are named as they are; tasks and flows by the part of their id that lists show. */
function shortId({ subject: { kind, id } }: WorkDocument): string {
  return kind === "run" ? id : id.slice(id.lastIndexOf("-") + 1);
}
