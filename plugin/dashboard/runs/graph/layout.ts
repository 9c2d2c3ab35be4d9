import ELK, { type ElkExtendedEdge, type ElkNode, type ELK as ElkEngine } from "elkjs/lib/elk-api.js";
import { CREDENTIALS, resolveUrl } from "../../api/base-url.ts";

export const NODE_WIDTH = 232;
export const NODE_HEIGHT = 56;

export interface Drawing {
  nodes: readonly { id: string }[];
  edges: readonly { from: string; to: string }[];
}
export interface Point {
  x: number;
  y: number;
}
/** Where everything stands: nodes by id, the bends of edges by `edgeId`. */
export interface GraphLayout {
  nodes: ReadonlyMap<string, Point>;
  routes: ReadonlyMap<string, readonly Point[]>;
}

export function edgeId({ from, to }: { from: string; to: string }): string {
  return `${from} ${to}`;
}

/** Above this, the layout takes shortcuts: a picture soon is worth more than one with fewer crossings. */
const LARGE = 300;

let engine: Promise<ElkEngine> | undefined;

/**
 * The layout is reckoned in a worker, so that the page never stands still. The worker is started from a blob: a frame
 * without an origin may not start one from an address.
 */
function engineReady(): Promise<ElkEngine> {
  engine ??= fetch(resolveUrl(ELK_WORKER_FILE), { credentials: CREDENTIALS })
    .then((answer) => {
      if (!answer.ok) throw new Error(`the layout could not be loaded (${answer.status})`);
      return answer.text();
    })
    .then((text) => {
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      return new ELK({ workerFactory: () => new Worker(url) });
    })
    .catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
  return engine;
}

/** Loads the layout while the run itself is still on its way. */
export function prepareLayout(): void {
  // What goes wrong here goes wrong again, and is said, when a graph is laid out.
  engineReady().catch(() => undefined);
}

/** Where each node stands. Depends on the shape alone: a change of status moves nothing. */
export async function computeLayout({ nodes, edges }: Drawing): Promise<GraphLayout> {
  const known = new Set(nodes.map(({ id }) => id));
  const isLarge = nodes.length > LARGE;
  const laidOut = await (
    await engineReady()
  ).layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.spacing.nodeNode": "28",
      "elk.layered.spacing.nodeNodeBetweenLayers": "32",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.edgeRouting": isLarge ? "POLYLINE" : "ORTHOGONAL",
      ...(isLarge
        ? {
            "elk.layered.thoroughness": "1",
            "elk.layered.layering.strategy": "LONGEST_PATH_SOURCE",
            "elk.layered.nodePlacement.strategy": "SIMPLE",
            "elk.layered.crossingMinimization.greedySwitch.type": "OFF",
          }
        : { "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF" }),
    },
    children: nodes.map(({ id }) => ({ id, width: NODE_WIDTH, height: NODE_HEIGHT })),
    edges: edges
      .filter(({ from, to }) => known.has(from) && known.has(to))
      .map(({ from, to }) => ({ id: edgeId({ from, to }), sources: [from], targets: [to] })),
  });
  return {
    nodes: new Map((laidOut.children ?? []).map((node: ElkNode) => [node.id, { x: node.x ?? 0, y: node.y ?? 0 }])),
    routes: new Map((laidOut.edges ?? []).map((edge) => [edge.id, getEdgePoints(edge)])),
  };
}

function getEdgePoints({ sections = [] }: ElkExtendedEdge): Point[] {
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
}

/** What a layout depends on, as a key. */
export function getShapeKey({ nodes, edges }: Drawing): string {
  return JSON.stringify([nodes.map(({ id }) => id), edges.map(({ from, to }) => [from, to])]);
}
