import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { workflowsQuery } from "../api/queries.ts";
import type { WorkflowRow } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo, useQueryValues } from "../components/router.ts";
import { SearchField } from "../components/search-field.tsx";
import { CommandSnippet } from "../design/code-block.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import "./workflows.css";

/** Every workflow of the registry; those that cannot be read say why. */
export function WorkflowsPage(): ReactElement {
  const query = useQuery(workflowsQuery);
  const [values] = useQueryValues();
  const words = (values.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <Page title="Workflows">
      <div className="filters">
        <SearchField label="Search workflows" />
      </div>
      <Loaded query={query} rows={6}>
        {({ workflows }) => {
          const found = workflows.filter((one) => {
            const text = `${one.workflowId ?? ""} ${one.title ?? ""} ${one.path ?? ""}`.toLowerCase();
            return words.every((word) => text.includes(word));
          });
          return found.length === 0 ? (
            words.length > 0 ? (
              <EmptyState icon="workflows" title="No workflow fits">
                Search for other words.
              </EmptyState>
            ) : (
              <EmptyState icon="workflows" title="No workflow yet">
                <p>Begin with a template:</p>
                <CommandSnippet command="clawtask workflow new report --template research-report" />
              </EmptyState>
            )
          ) : (
            <ul className="workflows">
              {found.map((workflow) => (
                <li key={workflow.path ?? workflow.workflowId}>
                  <WorkflowCard workflow={workflow} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Page>
  );
}

function WorkflowCard({ workflow }: { workflow: WorkflowRow }): ReactElement {
  const { path, workflowId, title, version, nodes, runs, problem } = workflow;
  if (workflowId === null)
    return (
      <div className="workflow workflow-broken">
        <h2 className="mono wrap">{path}</h2>
        <p className="line">
          <StatusMark status="unreadable" isNamed />
          <span className="wrap">{problem?.message ?? "it cannot be read"}</span>
        </p>
      </div>
    );
  return (
    <a className="workflow" href={linkTo(["workflows", workflowId])} data-row>
      <h2 className="wrap" title={title ?? workflowId}>
        {title ?? workflowId}
      </h2>
      <p className="mono dim wrap">{workflowId}</p>
      <p className="workflow-facts">
        <span>
          {nodes} {nodes === 1 ? "node" : "nodes"}
        </span>
        <span>
          {runs} {runs === 1 ? "run" : "runs"}
        </span>
        <span className="mono">{version ?? ""}</span>
      </p>
    </a>
  );
}
