import { type ReactElement, useState } from "react";
import type { Precondition } from "../api/preconditions.ts";
import type { JsonObject, RecorderCall } from "../api/response-types.ts";
import { type ActionRequest, toActionRequest, useAction, useCanWrite } from "../api/use-action.ts";
import { isUndelivered } from "../components/is-undelivered.ts";
import { linkTo } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Field } from "../design/field.tsx";
import { Time } from "../design/time.tsx";
import { toFields, readAnswer, type AnswerField } from "./answer-schema.ts";
import "./approval-form.css";

interface AnswerProps {
  runId: string;
  question: RecorderCall;
  precondition: Precondition;
  onDone?: ((words: string) => void) | undefined;
}

/** A question of a run: what is asked, what may be answered, words of one's own, and data where it asks for some. */
export function ApprovalForm({ runId, question, precondition, onDone }: AnswerProps): ReactElement {
  const { nodeId, expiresAt, delivery } = question;
  const needsDecision = isUndelivered(delivery?.state);
  return (
    <div className="approval">
      <p className="approval-question wrap" title={question.question}>
        {question.question}
      </p>
      {needsDecision ? (
        <p className="approval-untold wrap">
          The question did not reach its requester: {delivery?.reason ?? "it could not be sent"}
        </p>
      ) : null}
      {question.reported === null ? null : (
        <p className="approval-untold wrap">Passed on, and not counted: {question.reported}</p>
      )}
      <AnswerForm runId={runId} question={question} precondition={precondition} onDone={onDone} />
      <p className="attention-id">
        run{" "}
        <a className="mono" href={linkTo(["runs", runId], { node: nodeId })}>
          {runId} / {nodeId}
        </a>
        {expiresAt === null ? null : (
          <>
            , expires <Time at={expiresAt} />
          </>
        )}
      </p>
    </div>
  );
}

interface Choice {
  label: string;
  /** Undefined where the question names no choices. */
  choice: string | undefined;
  isRejection: boolean;
}

/** The last choice of a question is its no. */
function listChoices({ choices }: RecorderCall): Choice[] {
  if (choices === null)
    return [
      { label: "Approve", choice: undefined, isRejection: false },
      { label: "Reject", choice: undefined, isRejection: true },
    ];
  return choices.map((choice, index) => ({ label: choice, choice, isRejection: index === choices.length - 1 }));
}

/** The answer to a question that waits. */
export function AnswerForm({ runId, question, precondition, onDone }: AnswerProps): ReactElement {
  const canWrite = useCanWrite();
  const { run, isBusy } = useAction();
  const [words, setWords] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState("");
  const { nodeId } = question;
  const choices = listChoices(question);
  const fields = toFields(question.schema);
  const answer = (chosen: Choice): void => {
    const data = chosen.isRejection ? { value: undefined } : readAnswer(fields, values);
    if ("problem" in data) return setProblem(data.problem);
    setProblem("");
    run(
      { ...toAnswerRequest({ runId, nodeId, chosen, words, data: data.value }), precondition },
      { onDone: () => onDone?.(`Answered: ${chosen.label}`) },
    );
  };
  if (!canWrite)
    return (
      <div className="line">
        {choices.map((chosen) => (
          <CopyButton
            key={chosen.label}
            text={
              question.authority === "verified"
                ? question.chat[chosen.isRejection ? "reject" : "approve"]
                : toAnswerRequest({ runId, nodeId, chosen, words }).command
            }
            label={`Copy: ${chosen.label}`}
            isQuiet={false}
          />
        ))}
      </div>
    );
  return (
    <div className="approval-answer">
      {fields.length === 0 ? null : <AnswerFields fields={fields} values={values} onChange={setValues} />}
      <Field label="Words that go along (optional)">
        {(id) => (
          <textarea
            id={id}
            className="input"
            rows={1}
            value={words}
            placeholder="such as: yes, but shorter"
            onChange={(event) => setWords(event.target.value)}
          />
        )}
      </Field>
      <p className="approval-problem" role="alert">
        {problem}
      </p>
      <div className="line">
        {choices.map((chosen, index) => (
          <Button
            key={chosen.label}
            variant={chosen.isRejection ? "danger" : index === 0 ? "primary" : "plain"}
            isBusy={isBusy}
            onClick={() => answer(chosen)}
          >
            {chosen.label}
          </Button>
        ))}
      </div>
    </div>
  );
}

function toAnswerRequest(about: {
  runId: string;
  nodeId: string;
  chosen: Choice;
  words: string;
  data?: JsonObject | undefined;
}): ActionRequest {
  const { runId, nodeId, chosen, data } = about;
  const { label, choice, isRejection } = chosen;
  const message = about.words.trim();
  const body: JsonObject = {
    nodeId,
    ...(message === "" ? {} : { message }),
    ...(choice === undefined ? {} : { choice }),
    ...(data === undefined ? {} : { data }),
  };
  return toActionRequest("runs", runId, isRejection ? "reject" : "approve", {
    label,
    body,
    done: `Answered: ${label}`,
  });
}

type Values = Readonly<Record<string, string>>;

interface AnswerFieldsProps {
  fields: readonly AnswerField[];
  values: Values;
  onChange: (values: Values) => void;
}

/** Inputs for the data that an answer asks for. */
export function AnswerFields({ fields, values, onChange }: AnswerFieldsProps): ReactElement {
  return (
    <div className="answer-fields">
      {fields.map((field) => (
        <Field key={field.name} label={field.isRequired ? field.label : `${field.label} (optional)`} hint={field.hint}>
          {(id) => (
            <Input
              id={id}
              field={field}
              value={values[field.name] ?? ""}
              onChange={(value) => onChange({ ...values, [field.name]: value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

interface InputProps {
  id: string;
  field: AnswerField;
  value: string;
  onChange: (value: string) => void;
}

function Input({ id, field, value, onChange }: InputProps): ReactElement {
  const options = field.kind === "boolean" ? ["true", "false"] : field.choices;
  if (options.length > 0)
    return (
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">–</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {field.kind === "boolean" ? (option === "true" ? "yes" : "no") : option}
          </option>
        ))}
      </select>
    );
  const isNumber = field.kind === "number" || field.kind === "integer";
  return (
    <input
      id={id}
      className="input"
      inputMode={isNumber ? "decimal" : "text"}
      required={field.isRequired}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
