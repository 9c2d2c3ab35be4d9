import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { documentsQuery } from "../api/queries.ts";
import type { RunDocumentText, RunNode } from "../api/response-types.ts";
import { Loaded } from "../components/query-result.tsx";
import { CodeBlock } from "../design/code-block.tsx";
import { Markdown } from "../design/markdown.tsx";
import { Panel } from "../design/panel.tsx";

/** What a node left behind, side by side. */
export function NodeDocuments({ runId, node }: { runId: string; node: RunNode }): ReactElement {
  const query = useQuery(documentsQuery(runId, node.id));
  return (
    <section aria-label={`Documents of ${node.id}`}>
      <Loaded query={query} rows={3}>
        {(documents) =>
          documents.length === 0 ? (
            <p className="dim">{node.id} has left no document yet.</p>
          ) : (
            <div className="documents">
              {documents.map((document) => (
                <Document key={document.path} document={document} />
              ))}
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

function Document({ document }: { document: RunDocumentText }): ReactElement {
  const { label, path, format, content, truncated } = document;
  return (
    <Panel
      title={label}
      actions={
        <span className="mono dim cut document-path" title={path}>
          {path}
        </span>
      }
    >
      <div className="document" tabIndex={0} role="group" aria-label={path}>
        {format === "markdown" ? <Markdown text={content} /> : <CodeBlock text={content} label={path} />}
        {truncated ? <p className="dim">It is longer; this is its beginning.</p> : null}
      </div>
    </Panel>
  );
}
