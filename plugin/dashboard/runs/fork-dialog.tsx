import { type ReactElement, useState } from "react";
import type { RunState } from "../api/response-types.ts";
import { useAction, useCanWrite } from "../api/use-action.ts";
import { navigate, linkTo } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { CommandSnippet } from "../design/code-block.tsx";
import { Dialog } from "../design/dialog.tsx";
import { DialogProblem } from "../design/error-advice.tsx";
import { Field } from "../design/field.tsx";

interface ForkDialogProps {
  state: RunState;
  from?: string;
  onClose: () => void;
}

/** A new run that begins anew at a node; the old one is not touched. */
export function ForkDialog({ state, from, onClose }: ForkDialogProps): ReactElement {
  const canWrite = useCanWrite();
  const { run, isBusy, errorDetails } = useAction();
  const [nodeId, setNodeId] = useState(
    from ?? state.nodes.find(({ status }) => status === "failed")?.id ?? state.nodes[0]?.id ?? "",
  );
  const [name, setName] = useState("");
  const { runId } = state;
  const command = `clawtask fork ${runId} --from ${nodeId}${name === "" ? "" : ` --run-id ${name}`}`;
  const fork = (): void =>
    run(
      {
        label: "Fork",
        path: `api/runs/${encodeURIComponent(runId)}/fork`,
        body: { from: nodeId, ...(name === "" ? {} : { runId: name }) },
        command,
        done: "A new run was made; this one is as it was",
      },
      {
        onDone: (answer) => {
          onClose();
          const createdRunId = getCreatedRunId(answer);
          if (createdRunId !== undefined) navigate(linkTo(["runs", createdRunId]));
        },
      },
    );
  return (
    <Dialog
      title="Fork this run"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          {canWrite ? (
            <Button variant="primary" icon="fork" isBusy={isBusy} onClick={fork}>
              Make the new run
            </Button>
          ) : null}
        </>
      }
    >
      <div className="stack">
        <p>What was done before the node is carried over; the node and all that builds on it begin anew.</p>
        <Field label="Begin anew at">
          {(id) => (
            <select id={id} className="input" value={nodeId} onChange={(event) => setNodeId(event.target.value)}>
              {state.nodes.map((node) => (
                <option key={node.id} value={node.id}>
                  {node.id}: {node.title.slice(0, 60)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Name of the new run (optional)">
          {(id) => (
            <input
              id={id}
              className="input"
              value={name}
              placeholder={`${runId}-fork`}
              onChange={(event) => setName(event.target.value.trim())}
            />
          )}
        </Field>
        <DialogProblem errorDetails={errorDetails} />
        <CommandSnippet command={command} />
      </div>
    </Dialog>
  );
}

function getCreatedRunId(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { runId, state } = answer as { runId?: unknown; state?: { runId?: unknown } };
  const createdRunId = runId ?? state?.runId;
  return typeof createdRunId === "string" ? createdRunId : undefined;
}
