import {
  Background,
  BackgroundVariant,
  Controls,
  BaseEdge,
  type Edge,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  useStoreApi,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { memo, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import type { Graph, GraphNode } from "../../api/response-types.ts";
import { EmptyState } from "../../design/empty-state.tsx";
import { Skeleton } from "../../design/skeleton.tsx";
import { StatusMark } from "../../design/status-badge.tsx";
import { getStatusStyle, humanize } from "../../design/tone.ts";
import { getInitialView, getFocusNodes, isInView } from "./initial-viewport.ts";
import { edgeId, NODE_HEIGHT, NODE_WIDTH, type GraphLayout, computeLayout, type Point, getShapeKey } from "./layout.ts";
import "./graph.css";

export interface GraphViewProps {
  graph: Graph;
  selected: string | null;
  getLink: (nodeId: string) => string;
}

type StepData = GraphNode & { href: string; isSelected: boolean } & Record<string, unknown>;
type StepNode = Node<StepData, "step">;

type RoutedEdge = Edge<{ route: readonly Point[] }, "routed">;

const TYPES = { step: memo(Step) };
const EDGE_TYPES = { routed: memo(Routed) };
/** More nodes than this are drawn only where somebody looks. */
const MAX_RENDERED_NODES = 120;

/** A graph that can be moved, zoomed and walked with the keyboard: each node is a link. */
export function GraphView(props: GraphViewProps): ReactElement {
  const { layout, problem } = useGraphLayout(props.graph);
  if (problem !== undefined)
    return (
      <div className="graph-box">
        <EmptyState icon="warning" tone="bad" title="The graph cannot be drawn">
          {problem}
        </EmptyState>
      </div>
    );
  if (layout === undefined)
    return (
      <div className="graph-box">
        <Skeleton rows={6} height={64} />
      </div>
    );
  return (
    <div className="graph-box" data-graph-ready>
      <ReactFlowProvider>
        <Flow {...props} layout={layout} />
      </ReactFlowProvider>
    </div>
  );
}

function Flow({ graph, selected, getLink, layout }: GraphViewProps & { layout: GraphLayout }): ReactElement {
  const flow = useReactFlow();
  const nodes = useMemo<StepNode[]>(
    () =>
      graph.nodes.map((node) => ({
        id: node.id,
        type: "step",
        position: layout.nodes.get(node.id) ?? { x: 0, y: 0 },
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
        data: { ...node, href: getLink(node.id), isSelected: node.id === selected },
      })),
    [graph, layout, selected, getLink],
  );
  const statuses = useMemo(() => new Map(graph.nodes.map(({ id, status }) => [id, status])), [graph]);
  const edges = useMemo<RoutedEdge[]>(
    () =>
      graph.edges.map(({ from, to }) => ({
        id: edgeId({ from, to }),
        type: "routed",
        data: { route: layout.routes.get(edgeId({ from, to })) ?? [] },
        source: from,
        target: to,
        focusable: false,
        className: ["completed", "skipped"].includes(statuses.get(from) ?? "") ? "edge-done" : "edge-open",
      })),
    [graph, statuses, layout],
  );
  const width = useStore((store) => store.width);
  const height = useStore((store) => store.height);
  const wasMoved = useRef(false);
  const keepView = (): void => {
    wasMoved.current = true;
  };
  const focus = useMemo(() => getFocusNodes(graph, selected), [graph, selected]);
  const shown = useRef<{ layout: GraphLayout; width: number; height: number }>(undefined);
  useEffect(() => {
    // A view that somebody moved stays where it is, whatever changes.
    if (wasMoved.current || width === 0) return;
    const size = { width, height };
    const before = shown.current;
    const isSameSize = before?.layout === layout && before.width === width && before.height === height;
    // What goes on elsewhere is followed only when it leaves the view.
    if (isSameSize && isInView(layout, focus, size, flow.getViewport())) return;
    shown.current = { layout, ...size };
    void flow.setViewport(getInitialView(layout, focus, size));
  }, [flow, layout, width, height, focus]);
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={TYPES}
      edgeTypes={EDGE_TYPES}
      onMoveStart={(event) => {
        if (event !== null) keepView();
      }}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      onlyRenderVisibleElements={graph.nodes.length > MAX_RENDERED_NODES}
      minZoom={0.05}
      maxZoom={1.6}
      preventScrolling
      zoomOnScroll={false}
      panOnScroll={false}
      proOptions={{ hideAttribution: true }}
      aria-label="Graph of the nodes"
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1} />
      <Controls
        showInteractive={false}
        position="bottom-left"
        fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
        onZoomIn={keepView}
        onZoomOut={keepView}
        onFitView={keepView}
      />
    </ReactFlow>
  );
}

function Routed({ data, sourceX, sourceY, targetX, targetY }: EdgeProps<RoutedEdge>): ReactElement {
  const straight = [
    { x: sourceX, y: sourceY },
    { x: targetX, y: targetY },
  ];
  const route = data === undefined || data.route.length === 0 ? straight : data.route;
  return <BaseEdge path={roundedPath(route)} />;
}

/** Far away a title cannot be read, and thousands of them cost time. */
const READABLE_ZOOM = 0.28;
const isReadable = ({ transform }: { transform: [number, number, number] }): boolean => transform[2] > READABLE_ZOOM;

function Step({ data, positionAbsoluteX, positionAbsoluteY }: NodeProps<StepNode>): ReactElement {
  const { id, title, kind, status = "pending", href, isSelected } = data;
  const reveal = useReveal({ x: positionAbsoluteX, y: positionAbsoluteY });
  const hasText = useStore(isReadable);
  const { tone } = getStatusStyle(status);
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <a
        className={`step tone-${tone} step-${status}`}
        href={href}
        draggable={false}
        data-row
        data-node={id}
        aria-current={isSelected || undefined}
        aria-label={hasText ? undefined : `${id}: ${title.slice(0, 120)}, ${humanize(status)}`}
        title={title}
        onFocus={reveal}
      >
        {hasText ? (
          <>
            <StatusMark status={status} />
            <span className="step-text">
              <span className="cut step-title">{title.slice(0, 120)}</span>
              <span className="cut step-note">
                {id} · {humanize(kind)}
              </span>
            </span>
          </>
        ) : null}
      </a>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

/** Brings a node into view that the keyboard came to. */
function useReveal({ x, y }: Point): () => void {
  const flow = useReactFlow();
  const store = useStoreApi();
  return () => {
    const { width, height } = store.getState();
    const layout = { nodes: new Map([["it", { x, y }]]), routes: new Map<string, Point[]>() };
    const view = flow.getViewport();
    if (isInView(layout, ["it"], { width, height }, view)) return;
    void flow.setCenter(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2, { zoom: view.zoom });
  };
}

function useGraphLayout(graph: Graph): { layout: GraphLayout | undefined; problem: string | undefined } {
  const shape = useMemo(() => getShapeKey(graph), [graph]);
  const [state, setState] = useState<{ shape: string; layout?: GraphLayout; problem?: string }>();
  useEffect(() => {
    let isCurrent = true;
    computeLayout(graph).then(
      (layout) => isCurrent && setState({ shape, layout }),
      (error: unknown) => isCurrent && setState({ shape, problem: String(error) }),
    );
    return () => {
      isCurrent = false;
    };
    // Only the shape counts: `graph` is a new object at every change of a status.
  }, [shape]);
  // While a new shape is laid out, the old one stays.
  return { layout: state?.layout, problem: state?.problem };
}

const RADIUS = 9;

/** A line through points as an SVG path, its corners rounded. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${first.x} ${first.y}`;
  let before = first;
  rest.forEach((corner, index) => {
    const after = rest[index + 1];
    if (after === undefined) path += `L${corner.x} ${corner.y}`;
    else {
      const from = towards(corner, before);
      const to = towards(corner, after);
      path += `L${from.x} ${from.y}Q${corner.x} ${corner.y} ${to.x} ${to.y}`;
    }
    before = corner;
  });
  return path;
}

/** A point so far from a corner, at most half of the way to the next one. */
function towards(corner: Point, end: Point): Point {
  const length = Math.hypot(end.x - corner.x, end.y - corner.y);
  if (length === 0) return corner;
  const share = Math.min(RADIUS, length / 2) / length;
  return { x: corner.x + (end.x - corner.x) * share, y: corner.y + (end.y - corner.y) * share };
}
