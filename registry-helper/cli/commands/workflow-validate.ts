import { validate, type WorkflowFileReport } from "../../operations/workflows/validate.ts";
import type { Command } from "../command.ts";

/** Checks workflow files; each is reported, whatever is wrong with the others. */
export const workflowValidate: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow validate", positionals: [{ name: "workflow", optional: true, many: true }], options: [] },
  run(context) {
    const { registry, args } = context;
    const { document } = validate(context, { workflows: args.lists["workflow"] });
    const { ok, files } = document;
    return {
      json: document,
      exit: ok ? 0 : 1,
      text: () => (files.length === 0 ? `no workflows in ${registry.root}\n` : files.map(reportText).join("")),
    };
  },
};

function reportText({ path, workflowId, version, nodes, warnings = [], problem }: WorkflowFileReport): string {
  if (problem === undefined)
    return `${path}: ${workflowId ?? ""}, version ${version ?? ""}, ${nodes ?? 0} ${nodes === 1 ? "node" : "nodes"}\n${warnings.map((one) => `  warning: ${one}\n`).join("")}`;
  // The place is what an editor jumps to, so the line begins with it and is not cut.
  const message = problem.message.includes(path) ? problem.message : `${path}: ${problem.message}`;
  return `${message}\n  code: ${problem.code}\n${problem.next === undefined ? "" : `  next: ${problem.next}\n`}`;
}
