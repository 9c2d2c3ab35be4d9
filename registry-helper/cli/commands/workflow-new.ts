import { TEMPLATES, type TemplateName } from "../../domain/workflow/templates.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { loadWorkflow, newWorkflow } from "../../operations/workflows/workflow-files.ts";
import type { Command } from "../command.ts";

const MAX_TITLE_LENGTH = 200;

/** Writes a workflow file to begin with. */
export const workflowNew: Command = {
  jsonWhenPiped: false,
  spec: {
    command: "workflow new",
    positionals: [{ name: "name" }],
    options: [{ name: "template", choices: TEMPLATES }, { name: "title" }],
  },
  run({ registry, args, self, env, cwd }) {
    const title = args.options["title"];
    const template = (args.options["template"] ?? "blank") as TemplateName;
    const name = args.positionals["name"] ?? "";
    const path = newWorkflow(registry, {
      name,
      template,
      title: title === undefined ? undefined : plainLine(title, MAX_TITLE_LENGTH),
    });
    const { definition } = loadWorkflow(registry, path, cwd);
    const values = Object.entries(definition.params ?? {})
      .filter(([, spec]) => spec.default === undefined)
      .map(([param, spec]) => ` --set ${param}="<${spec.description ?? spec.type}>"`);
    const session = env["CLAWTASK_SESSION_KEY"] ? "" : ' --source-session-key "<your session key>"';
    const scaffold = `${self} scaffold --workflow-path ${path} --run-id "<id>"${session}${values.join("")} --text`;
    return {
      json: { ok: true, path, template, registryRoot: registry.root },
      text: () =>
        `wrote ${path} from the template ${template}; edit it, then:\n\n  ${self} workflow validate ${name}\n  ${scaffold}\n`,
    };
  },
};
