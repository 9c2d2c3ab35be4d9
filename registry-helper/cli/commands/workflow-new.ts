import { TEMPLATES } from "../../domain/workflow/templates.ts";
import { create } from "../../operations/workflows/create.ts";
import type { Command } from "../command.ts";

/** Writes a workflow file to begin with. */
export const workflowNew: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "workflow new",
    positionals: [{ name: "name" }],
    options: [{ name: "template", choices: TEMPLATES }, { name: "title" }],
  },
  run(context) {
    const { args, self, actor } = context;
    const name = args.positionals["name"] ?? "";
    const { document, definition } = create(context, {
      name,
      template: args.options["template"],
      title: args.options["title"],
    });
    const { path, template } = document;
    const values = Object.entries(definition.params ?? {})
      .filter(([, spec]) => spec.default === undefined)
      .map(([param, spec]) => ` --set ${param}="<${spec.description ?? spec.type}>"`);
    const session = actor ? "" : ' --source-session-key "<your session key>"';
    const scaffold = `${self} scaffold --workflow-path ${path} --run-id "<id>"${session}${values.join("")} --text`;
    return {
      json: document,
      text: () =>
        `wrote ${path} from the template ${template}; edit it, then:\n\n  ${self} workflow validate ${name}\n  ${scaffold}\n`,
    };
  },
};
