import { formatPolicy } from "../../domain/workflow/policy-text.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import { show, type ShownWorkflowNode, type WorkflowShowDocument } from "../../operations/workflows/show.ts";
import type { VersionUse } from "../../views/queries/workflow-runs.ts";
import type { Command } from "../command.ts";
import { toIndexedContext } from "../output/indexing-progress.ts";
import { ago, COLUMNS, table, wrap } from "../output/table.ts";

/** One workflow: what it takes, what it does, which versions of it ran. */
export const workflowShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow show", positionals: [{ name: "workflow" }], options: [] },
  run(context) {
    const { registry, args, self } = context;
    const { workflow = "" } = args.positionals;
    const { document } = show(toIndexedContext(context), { workflow });
    const { path, workflowId, title, version, params, nodes, versions } = document;
    return {
      json: document,
      text: () =>
        [
          `${plainLine(`${workflowId}  ${title}`, COLUMNS)}\n${path}, version ${version}\n`,
          ...paramsText(params),
          `nodes\n${nodes.map(nodeText).join("")}`,
          versionsText(versions, version, registry.now()),
          `  ${self} workflow graph ${workflow}\n`,
        ].join("\n"),
    };
  },
};

function paramsText(params: WorkflowShowDocument["params"]): string[] {
  const lines = Object.entries(params).map(([name, spec]) => {
    const rest = [
      spec.type,
      spec.default === undefined ? "required" : `default ${JSON.stringify(spec.default)}`,
      ...(spec.enum === undefined ? [] : [`one of ${spec.enum.join(", ")}`]),
    ].join(", ");
    return `  ${name}: ${rest}${spec.description === undefined ? "" : `\n${wrap(spec.description, "    ")}`}`;
  });
  return lines.length === 0 ? [] : [`parameters\n${lines.join("\n")}\n`];
}

function nodeText({ id, kind, needs, waitFor, policy }: ShownWorkflowNode): string {
  const target = waitFor === undefined ? [] : [waitFor.path ?? waitFor.at ?? waitFor.task ?? waitFor.event ?? ""];
  const waits = waitFor === undefined ? [] : [`waits for ${[waitFor.type, ...target].join(" ").trim()}`];
  const texts = [...waits, ...formatPolicy(policy)];
  const head = wrap(`${id}  ${kind}${needs.length === 0 ? "" : `, needs ${needs.join(", ")}`}`, "  ");
  return `${head}\n${texts.length === 0 ? "" : `${wrap(texts.join("; "), "      ")}\n`}`;
}

function versionsText(versions: readonly VersionUse[], current: string, now: number): string {
  if (versions.length === 0) return "no run was made from it yet\n";
  const rows = versions.map((use) => [
    `${use.version ?? "-"}${use.version === current ? " (this)" : ""}`,
    String(use.runs),
    ago(use.lastAt, now),
    use.lastRunId,
  ]);
  return table(["VERSION", "RUNS", "LAST", "RUN"], rows);
}
