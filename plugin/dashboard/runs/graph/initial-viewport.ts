import type { Graph, GraphNode } from "../../api/response-types.ts";
import { NODE_HEIGHT, NODE_WIDTH, type GraphLayout } from "./layout.ts";

/** Where a drawing is looked at: what is left of and above it, in pixels, and how large it is. */
export interface View {
  x: number;
  y: number;
  zoom: number;
}
export interface Size {
  width: number;
  height: number;
}
interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Below this, the words in a node cannot be read: rather a part of the graph than a carpet of dots. */
export const MIN_ZOOM = 0.8;
/** Kept free at the edges. */
const MARGIN = 24;

/** What the eye should be on: the node that was opened, else what needs somebody, else what is at work. */
export function getFocusNodes({ nodes }: Pick<Graph, "nodes">, selected: string | null): string[] {
  if (nodes.some(({ id }) => id === selected)) return nodes.flatMap(({ id }) => (id === selected ? [id] : []));
  const groups: ((node: GraphNode) => boolean)[] = [
    ({ kind, status }) => kind === "approval" && status === "waiting",
    ({ status }) => status === "failed",
    ({ status }) => status === "running",
    ({ status }) => status === "waiting",
    ({ status }) => status === "ready",
  ];
  const found = groups.map((isOne) => nodes.filter(isOne)).find((group) => group.length > 0) ?? [];
  return found.map(({ id }) => id);
}

/** The whole graph where it can be read; else, in a size in which it can, the part that matters. */
export function getInitialView(layout: GraphLayout, focus: readonly string[], size: Size): View {
  const all = getBounds(layout, [...layout.nodes.keys()]);
  if (all === undefined) return { x: 0, y: 0, zoom: 1 };
  const fitting = Math.min(
    1,
    (size.width - 2 * MARGIN) / (all.right - all.left),
    (size.height - 2 * MARGIN) / (all.bottom - all.top),
  );
  const zoom = Math.max(fitting, MIN_ZOOM);
  const middle = getCenter(layout, focus, size, zoom) ?? { x: (all.left + all.right) / 2, y: all.top };
  return {
    x: offset({ from: all.left, to: all.right, middle: middle.x, available: size.width, zoom }),
    y: offset({ from: all.top, to: all.bottom, middle: middle.y, available: size.height, zoom }),
    zoom,
  };
}

/** Whether all, or with many the first, of these nodes is seen as a whole. */
export function isInView(layout: GraphLayout, focus: readonly string[], size: Size, { x, y, zoom }: View): boolean {
  const box = getBounds(layout, focus.slice(0, 1));
  if (box === undefined) return true;
  return (
    box.left * zoom + x >= 0 &&
    box.top * zoom + y >= 0 &&
    box.right * zoom + x <= size.width &&
    box.bottom * zoom + y <= size.height
  );
}

/** All that matters, or the first of it where not all has room. */
function getCenter(
  layout: GraphLayout,
  focus: readonly string[],
  size: Size,
  zoom: number,
): { x: number; y: number } | undefined {
  const together = getBounds(layout, focus);
  if (together === undefined) return undefined;
  const fits =
    (together.right - together.left) * zoom <= size.width - 2 * MARGIN &&
    (together.bottom - together.top) * zoom <= size.height - 2 * MARGIN;
  const box = fits ? together : (getBounds(layout, focus.slice(0, 1)) ?? together);
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
}

/** Puts the middle into the middle, but shows no emptiness where there is something to show. */
function offset(about: { from: number; to: number; middle: number; available: number; zoom: number }): number {
  const { from, to, middle, available, zoom } = about;
  if ((to - from) * zoom <= available - 2 * MARGIN) return available / 2 - ((from + to) / 2) * zoom;
  return Math.min(MARGIN - from * zoom, Math.max(available - MARGIN - to * zoom, available / 2 - middle * zoom));
}

function getBounds({ nodes }: GraphLayout, ids: readonly string[]): Bounds | undefined {
  const points = ids.flatMap((id) => nodes.get(id) ?? []);
  if (points.length === 0) return undefined;
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x + NODE_WIDTH);
    box.bottom = Math.max(box.bottom, y + NODE_HEIGHT);
  }
  return box;
}
