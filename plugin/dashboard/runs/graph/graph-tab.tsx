import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useMemo } from "react";
import { graphQuery } from "../../api/queries.ts";
import type { Graph, RunState } from "../../api/response-types.ts";
import { useQueryValues } from "../../components/router.ts";
import { GraphView } from "./graph-view.tsx";

/** The run as a drawing: as it is now (with what was added and rewired), or as the workflow wrote it. */
export function GraphTab({ state, isPast }: { state: RunState; isPast: boolean }): ReactElement {
  const [values, setValues] = useQueryValues();
  const isWritten = values.get("graph") === "written";
  const { data } = useQuery({ ...graphQuery(state.runId), enabled: isWritten });
  const asRun = useMemo(() => toGraph(state), [state]);
  const written = data?.written ?? undefined;
  const added =
    written === undefined ? 0 : state.nodes.filter(({ id }) => !written.nodes.some((node) => node.id === id)).length;
  return (
    <section className="graph" aria-label="Graph">
      <div className="graph-bar">
        <div className="segments" role="group" aria-label="Which graph">
          <button type="button" aria-pressed={!isWritten} onClick={() => setValues({ graph: null })}>
            As run
          </button>
          <button type="button" aria-pressed={isWritten} onClick={() => setValues({ graph: "written" })}>
            As written
          </button>
        </div>
        <span className="dim">
          {isWritten && added > 0 ? `${added} added since` : isPast ? "as it was then" : `${state.nodes.length} nodes`}
        </span>
      </div>
      <GraphView
        graph={isWritten ? (written ?? { nodes: [], edges: [] }) : asRun}
        selected={values.get("node")}
        getLink={(node) => setLink(values, node)}
      />
    </section>
  );
}

function toGraph(state: RunState): Graph {
  return {
    nodes: state.nodes.map(({ id, title, kind, status }) => ({ id, title, kind, status })),
    edges: state.nodes.flatMap(({ id, needs }) => needs.map((from) => ({ from, to: id }))),
  };
}

/** The same place with another node. */
function setLink(values: URLSearchParams, node: string): string {
  const next = new URLSearchParams(values);
  next.set("node", node);
  return `${location.hash.split("?")[0] ?? "#/"}?${next.toString()}`;
}
