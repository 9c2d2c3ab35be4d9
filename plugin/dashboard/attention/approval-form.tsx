import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { JsonObject, RunNode } from "../api/answers.ts";
import { runQuery } from "../api/queries.ts";
import { type Action, useAction, useCanWrite } from "../api/use-action.ts";
import { Button } from "../design/button.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Field } from "../design/field.tsx";
import { Time } from "../design/time.tsx";
import { linkTo } from "../shell/router.ts";
import { AnswerFields } from "./answer-fields.tsx";
import { fieldsOf, readAnswer } from "./answer-schema.ts";
import "./approval-form.css";

/** A question of a run: what is asked, what may be answered, words of one's own, and data where it asks for some. */
export function ApprovalForm({
  runId,
  nodeId,
  reason,
}: {
  runId: string;
  nodeId: string;
  reason: string;
}): ReactElement {
  const { data } = useQuery(runQuery(runId));
  const node = data?.state.nodes.find(({ id }) => id === nodeId);
  const question = node?.policy?.approval?.question ?? node?.lastMessage ?? reason.slice(nodeId.length + 1).trim();
  return (
    <div className="approval">
      <p className="approval-question wrap">{node?.lastMessage ?? question}</p>
      {reason.includes("(not delivered:") ? (
        <p className="approval-untold wrap">{reason.slice(reason.indexOf("(not delivered:"))}</p>
      ) : null}
      <Answer runId={runId} nodeId={nodeId} node={node} />
      <p className="attention-id">
        run{" "}
        <a className="mono" href={linkTo(["runs", runId], { node: nodeId })}>
          {runId} / {nodeId}
        </a>
        {node?.deadlineAt === undefined ? null : (
          <>
            , expires <Time at={node.deadlineAt} />
          </>
        )}
      </p>
    </div>
  );
}

const WITHOUT_CHOICES = ["approve", "reject"];

/** The answer to a question that waits. The last choice is its no. */
export function Answer({
  runId,
  nodeId,
  node,
}: {
  runId: string;
  nodeId: string;
  node: RunNode | undefined;
}): ReactElement {
  const canWrite = useCanWrite();
  const { run, isBusy } = useAction();
  const [words, setWords] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState("");
  const approval = node?.policy?.approval;
  const isWait = node?.kind === "wait";
  const choices = isWait ? ["approve"] : (approval?.choices ?? WITHOUT_CHOICES);
  const fields = fieldsOf(approval?.schema);
  const answer = (choice: string): void => {
    const isNo = !isWait && choice === choices.at(-1);
    const data = isNo ? { value: undefined } : readAnswer(fields, values);
    if ("problem" in data) return setProblem(data.problem);
    setProblem("");
    run(
      actionOf({
        runId,
        nodeId,
        choice: approval?.choices === undefined ? undefined : choice,
        isNo,
        words,
        data: data.value,
      }),
    );
  };
  return (
    <div className="approval-answer">
      {canWrite ? (
        <>
          {fields.length === 0 ? null : <AnswerFields fields={fields} values={values} onChange={setValues} />}
          <Field label="Words that go along (optional)">
            {(id) => (
              <textarea
                id={id}
                className="input"
                rows={2}
                value={words}
                placeholder="such as: yes, but shorter"
                onChange={(event) => setWords(event.target.value)}
              />
            )}
          </Field>
          <p className="approval-problem" role="alert">
            {problem}
          </p>
        </>
      ) : null}
      <div className="line">
        {choices.map((choice, index) => {
          const isNo = !isWait && index === choices.length - 1;
          const label = isWait ? "Go on" : approval?.choices === undefined ? (isNo ? "Reject" : "Approve") : choice;
          const { command } = actionOf({
            runId,
            nodeId,
            choice: approval?.choices === undefined ? undefined : choice,
            isNo,
            words,
          });
          return canWrite ? (
            <Button
              key={choice}
              look={isNo ? "danger" : index === 0 ? "primary" : "plain"}
              disabled={isBusy || node === undefined}
              onClick={() => answer(choice)}
            >
              {label}
            </Button>
          ) : (
            <CopyButton key={choice} text={command} label={`Copy: ${label}`} isQuiet={false} />
          );
        })}
      </div>
    </div>
  );
}

function actionOf(about: {
  runId: string;
  nodeId: string;
  choice: string | undefined;
  isNo: boolean;
  words: string;
  data?: JsonObject | undefined;
}): Action {
  const { runId, nodeId, choice, isNo, data } = about;
  const message = about.words.trim();
  const verb = isNo ? "reject" : "approve";
  return {
    label: choice ?? verb,
    path: `api/runs/${encodeURIComponent(runId)}/actions/${verb}`,
    body: {
      nodeId,
      ...(message === "" ? {} : { message }),
      ...(choice === undefined ? {} : { choice }),
      ...(data === undefined ? {} : { data }),
    },
    command: [
      `clawtask ${verb} ${runId} ${nodeId}`,
      ...(choice === undefined || isNo ? [] : [`--choice ${JSON.stringify(choice)}`]),
    ].join(" "),
    done: `Answered: ${choice ?? verb}`,
  };
}
