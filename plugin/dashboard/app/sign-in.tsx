import { type ReactElement, type SyntheticEvent, useState } from "react";
import { parseLinkCode, redeemCode, forgetToken } from "../api/token.ts";
import { Button } from "../design/button.tsx";
import { CommandSnippet } from "../design/code-block.tsx";
import { Field } from "../design/field.tsx";
import "./sign-in.css";

/** Shown when the server does not know who looks: the way in is the link that it printed. */
export function SignIn(): ReactElement {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    setBusy(true);
    const code = text.includes("#") ? parseLinkCode(text.trim()) : text.trim();
    forgetToken();
    if (code !== null && code !== "" && (await redeemCode(code))) location.reload();
    else setProblem("This link is not valid (any more): each is good for one use. Ask for a new one.");
    setBusy(false);
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void open();
  };
  return (
    <main className="sign-in">
      <form className="sign-in-sheet" onSubmit={submit}>
        <img src="icon.svg" alt="" width="36" height="36" />
        <h1>Who is there?</h1>
        <p>
          This page opens with the link that the server printed when it was started. Each link is good for one use; the
          server prints a new one with
        </p>
        <CommandSnippet command="clawtask serve --link" />
        <p className="dim">In the Control UI of a gateway, open its tab again.</p>
        <Field label="Link">
          {(id) => (
            <input
              id={id}
              className="input"
              autoComplete="off"
              value={text}
              placeholder="http://127.0.0.1:…/#link=…"
              aria-invalid={problem !== ""}
              aria-describedby={`${id}-problem`}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <p className="sign-in-problem" role="alert">
          {problem}
        </p>
        <Button variant="primary" type="submit" isBusy={isBusy} disabled={text.trim() === ""}>
          Open
        </Button>
      </form>
    </main>
  );
}
