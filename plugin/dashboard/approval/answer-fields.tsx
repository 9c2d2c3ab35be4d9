import type { ReactElement } from "react";
import { Field } from "../design/field.tsx";
import type { AnswerField } from "./answer-schema.ts";

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
