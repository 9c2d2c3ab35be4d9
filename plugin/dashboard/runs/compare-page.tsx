import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { compareQuery } from "../api/queries.ts";
import { get } from "../api/request.ts";
import type { NodeComparison, NodeSide, RunComparison, RunListPage, RunSide } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo, useQueryValues } from "../components/router.ts";
import { CodeBlock } from "../design/code-block.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { Field } from "../design/field.tsx";
import { formatShortDuration } from "../design/format-time.ts";
import { Facts, Panel } from "../design/panel.tsx";
import { StatusBadge } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import "./compare.css";

/** Two runs side by side; what differs comes first. */
export function ComparePage(): ReactElement {
  const [values, setValues] = useQueryValues();
  const a = values.get("a") ?? "";
  const b = values.get("b") ?? "";
  const query = useQuery({ ...compareQuery(a, b), enabled: a !== "" && b !== "" });
  return (
    <Page title="Compare two runs" crumb={{ label: "Runs", href: "#/runs" }}>
      <div className="compare-choice">
        <RunChoice label="One run" value={a} onChange={(runId) => setValues({ a: runId })} />
        <RunChoice label="Another run" value={b} onChange={(runId) => setValues({ b: runId })} />
      </div>
      {a === "" || b === "" ? (
        <EmptyState icon="compare" title="Choose two runs">
          They may be of different versions of a workflow, or a run and its fork.
        </EmptyState>
      ) : (
        <Loaded query={query}>{(comparison) => <Comparison comparison={comparison} />}</Loaded>
      )}
    </Page>
  );
}

function RunChoice(about: { label: string; value: string; onChange: (runId: string) => void }): ReactElement {
  const { data } = useQuery({
    queryKey: ["runs", "choices"],
    queryFn: ({ signal }) => get<RunListPage>("api/run-list?limit=100", signal),
  });
  const runs = data?.runs.filter(({ status }) => status !== "unreadable") ?? [];
  const isKnown = about.value === "" || runs.some(({ runId }) => runId === about.value);
  return (
    <Field label={about.label}>
      {(id) => (
        <select id={id} className="input" value={about.value} onChange={(event) => about.onChange(event.target.value)}>
          <option value="">Choose a run</option>
          {isKnown ? null : <option value={about.value}>{about.value}</option>}
          {runs.map(({ runId, status }) => (
            <option key={runId} value={runId}>
              {runId} ({humanize(status)})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Comparison({ comparison }: { comparison: RunComparison }): ReactElement {
  const { a, b, params, nodes, isSameVersion } = comparison;
  const differing = nodes.filter(({ differs }) => differs.length > 0).length;
  return (
    <>
      <div className="compare-pair">
        <Side side={a} />
        <Side side={b} />
      </div>
      {params.length === 0 ? null : (
        <Panel title="Parameters that differ" count={params.length}>
          <Facts
            rows={params.map(({ name, a: one, b: other }) => [
              name,
              `${JSON.stringify(one)} and ${JSON.stringify(other)}`,
            ])}
          />
        </Panel>
      )}
      <p className="dim">
        {differing === 0 ? "No node differs" : `${differing} of ${nodes.length} nodes differ`}
        {isSameVersion ? ", same version of the workflow." : ", different versions of the workflow."}
      </p>
      <ul className="compare-nodes">
        {nodes.map((node) => (
          <li key={node.nodeId}>
            <NodePair node={node} runs={[a.runId, b.runId]} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Side({ side }: { side: RunSide }): ReactElement {
  return (
    <Panel title={side.runId} actions={<a href={linkTo(["runs", side.runId])}>Open</a>}>
      <Facts
        rows={[
          ["status", <StatusBadge status={side.status} />],
          ["workflow", `${side.workflowId}, version ${side.workflowVersion ?? "made elsewhere"}`],
          ["created", <Time at={side.createdAt} />],
          ["took", side.ms === null ? "goes on" : formatShortDuration(side.ms)],
          ["attempts", String(side.attempts)],
          ["path", side.path.join(" → ")],
          ["left out", side.skipped.join(", ")],
        ]}
      />
    </Panel>
  );
}

function NodePair({ node, runs }: { node: NodeComparison; runs: readonly [string, string] }): ReactElement {
  const { nodeId, differs, a, b } = node;
  return (
    <article className="compare-node">
      <header className="line">
        <h2 className="mono">{nodeId}</h2>
        {differs.map((aspect) => (
          <span key={aspect} className="list-tag compare-differs">
            {aspect === "missing" ? "only in one" : aspect}
          </span>
        ))}
      </header>
      <div className="compare-pair">
        <NodeHalf side={a} runId={runs[0]} nodeId={nodeId} hasOutput={differs.includes("output")} />
        <NodeHalf side={b} runId={runs[1]} nodeId={nodeId} hasOutput={differs.includes("output")} />
      </div>
    </article>
  );
}

interface NodeHalfProps {
  side: NodeSide | null;
  runId: string;
  nodeId: string;
  hasOutput: boolean;
}

function NodeHalf({ side, runId, nodeId, hasOutput }: NodeHalfProps): ReactElement {
  if (side === null) return <p className="compare-half dim">not in {runId}</p>;
  return (
    <div className="compare-half">
      <a className="line compare-link" href={linkTo(["runs", runId], { node: nodeId })}>
        <StatusBadge status={side.status} />
        <span className="dim">
          {[
            side.reason === null ? "" : humanize(side.reason),
            side.isCarriedOver ? "carried over" : side.ms === null ? "" : formatShortDuration(side.ms),
            side.attempts > 1 ? `${side.attempts} attempts` : "",
          ]
            .filter(Boolean)
            .join(", ")}
        </span>
      </a>
      {side.answer === null ? null : (
        <p className="wrap">
          answered <strong>{side.answer.choice}</strong>
          {side.answer.words === null ? "" : `: ${side.answer.words}`}
        </p>
      )}
      {side.bypassed === null ? null : <p className="wrap">{side.bypassed}</p>}
      {side.missingArtifacts.length === 0 ? null : (
        <p className="wrap">unverified, without {side.missingArtifacts.join(", ")}</p>
      )}
      {side.message === null ? null : <p className="compare-said wrap">{side.message}</p>}
      {hasOutput && side.output !== null ? (
        <CodeBlock text={JSON.stringify(side.output, null, 2)} label={`result of ${nodeId} in ${runId}`} />
      ) : null}
    </div>
  );
}
