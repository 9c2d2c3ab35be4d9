import { plainLine } from "../../model/sanitize-text.ts";
import { levelsOf, type WorkflowGraphNode } from "../../views/reports/workflow-graph.ts";
import { displayWidth, fillLines, padEnd, splitToWidth } from "./layout.ts";

/** Of a node in the drawing: its number, its bracket and the blanks around them. */
const HEAD_WIDTH = 7;
const MAX_ID_WIDTH = 28;
const INDENT_BELOW = " ".repeat(HEAD_WIDTH + 2);

/** The text drawing: a bracket for what can be done side by side, and behind each node all that it needs. */
export function graphText(nodes: readonly WorkflowGraphNode[], columns: number): string {
  const idWidth = Math.max(...nodes.map(({ id }) => displayWidth(id)).filter((width) => width <= MAX_ID_WIDTH), 1);
  const kindWidth = Math.max(...nodes.map((node) => getStatusLabel(node).length));
  return levelsOf(nodes)
    .flatMap((level, index) =>
      level.flatMap((node, place) => {
        const head = `${place === 0 ? String(index + 1).padStart(3) : "   "} ${bracket(place, level.length)} `;
        return nodeLines(node, { head, idWidth, kindWidth, columns });
      }),
    )
    .join("\n");
}

function nodeLines(
  node: WorkflowGraphNode,
  { head, idWidth, kindWidth, columns }: { head: string; idWidth: number; kindWidth: number; columns: number },
): string[] {
  const id = plainLine(node.id, node.id.length + 1);
  const isWide = displayWidth(id) > idWidth;
  const [first = "", ...more] = isWide ? splitToWidth(id, columns - HEAD_WIDTH) : [padEnd(id, idWidth)];
  const label = getStatusLabel(node).padEnd(kindWidth);
  const lines = isWide
    ? [head + first, ...more.map((part) => " ".repeat(HEAD_WIDTH) + part), INDENT_BELOW + label]
    : [`${head}${first}  ${label}`];
  const words = suffixWords(node);
  if (words.length === 0) return lines.map((line) => line.trimEnd());
  const last = lines.pop() ?? "";
  const beside = columns - displayWidth(last) - 2;
  const fitsBeside = words.every((word) => displayWidth(word) <= beside);
  const room = fitsBeside ? beside : columns - INDENT_BELOW.length;
  const parts = fillLines(
    words.flatMap((word) => (displayWidth(word) > room ? splitToWidth(word, room) : [word])),
    room,
  );
  if (!fitsBeside) return [...lines, last.trimEnd(), ...parts.map((part) => INDENT_BELOW + part)];
  const indent = " ".repeat(displayWidth(last) + 2);
  return [...lines, ...parts.map((part, index) => (index === 0 ? `${last}  ${part}` : indent + part))];
}

/** What a node needs and its condition, in words that belong together. */
function suffixWords({ needs, condition }: WorkflowGraphNode): string[] {
  const [first, ...others] = needs.map((need, index) => `${need}${index < needs.length - 1 ? "," : ""}`);
  const all = first === undefined ? [] : [`<- ${first}`, ...others];
  return condition === undefined ? all : [...all, ...` if ${condition}`.split(/(?<=\S) /)];
}

function getStatusLabel({ status, kind }: WorkflowGraphNode): string {
  return status ?? kind;
}

function bracket(place: number, count: number): string {
  if (count === 1) return "──";
  if (place === 0) return "─┬";
  return place === count - 1 ? " └" : " ├";
}
