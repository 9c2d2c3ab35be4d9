import { readPolicy } from "../../domain/workflow/node-policy-defaults.ts";
import { formatPolicy } from "../../domain/workflow/policy-text.ts";
import { workflowVersion } from "../../domain/workflow/workflow-version.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { WorkflowDefinition, WorkflowNode } from "../../model/workflow-definition.ts";
import { loadWorkflow } from "../../operations/workflows/workflow-files.ts";
import { findRuns, type VersionUse, versionsUsed } from "../../views/queries/workflow-runs.ts";
import type { Command } from "../command.ts";
import { ago, COLUMNS, table, wrap } from "../output/table.ts";

/** One workflow: what it takes, what it does, which versions of it ran. */
export const workflowShow: Command = {
  jsonWhenPiped: false,
  spec: { command: "workflow show", positionals: [{ name: "workflow" }], options: [] },
  run({ registry, args, cwd, self }) {
    const { path, definition } = loadWorkflow(registry, args.positionals["workflow"] ?? "", cwd);
    const version = workflowVersion(definition);
    const versions = versionsUsed(findRuns(registry, { workflowId: definition.workflowId }));
    const { workflowId, title, params = {}, nodes } = definition;
    const shown = nodes.map((node) => ({
      id: node.id,
      title: node.title,
      kind: node.kind,
      needs: node.needs ?? [],
      ...(node.waitFor === undefined ? {} : { waitFor: node.waitFor }),
      policy: readPolicy(node, definition.defaults) ?? {},
    }));
    return {
      json: { ok: true, path, workflowId, title, version, params, nodes: shown, versions },
      text: () =>
        [
          `${plainLine(`${workflowId}  ${title}`, COLUMNS)}\n${path}, version ${version}\n`,
          ...paramsText(definition),
          `nodes\n${nodes.map((node) => nodeText(node, definition)).join("")}`,
          versionsText(versions, version, registry.now()),
          `  ${self} workflow graph ${args.positionals["workflow"] ?? ""}\n`,
        ].join("\n"),
    };
  },
};

function paramsText({ params = {} }: WorkflowDefinition): string[] {
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

function nodeText(node: WorkflowNode, definition: WorkflowDefinition): string {
  const needs = (node.needs ?? []).length === 0 ? "" : `, needs ${(node.needs ?? []).join(", ")}`;
  const { waitFor } = node;
  const target = waitFor === undefined ? [] : [waitFor.path ?? waitFor.at ?? waitFor.task ?? waitFor.event ?? ""];
  const waits = waitFor === undefined ? [] : [`waits for ${[waitFor.type, ...target].join(" ").trim()}`];
  const texts = [...waits, ...formatPolicy(readPolicy(node, definition.defaults))];
  const head = wrap(`${node.id}  ${node.kind}${needs}`, "  ");
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
