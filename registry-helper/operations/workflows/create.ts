import { type TemplateName, TEMPLATES } from "../../domain/workflow/templates.ts";
import { plainLine } from "../../model/sanitize-text.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import { requireChoice } from "../input-checks.ts";
import type { OperationContext, Outcome } from "../operation.ts";
import { loadWorkflow, newWorkflow } from "./workflow-files.ts";

const MAX_TITLE_LENGTH = 200;

export interface WorkflowCreateInput {
  /** Of the file, with or without `.task.md`. */
  name: string;
  /** `blank` unless given. */
  template?: string | undefined;
  title?: string | undefined;
}

export interface WorkflowCreateDocument {
  ok: true;
  /** Relative to the registry root. */
  path: string;
  template: string;
  registryRoot: string;
}

/**
 * Writes a workflow file from a template.
 *
 * @returns the document, and for a person's surface what the file defines
 * @throws ClawTaskError `usage` | `workflow_exists` | `invalid_id`
 */
export function create(
  { registry, cwd }: OperationContext,
  { name, template = "blank", title }: WorkflowCreateInput,
): Outcome<WorkflowCreateDocument> & { definition: WorkflowDefinition } {
  requireChoice(template, TEMPLATES, "--template", "workflow new");
  const path = newWorkflow(registry, {
    name,
    template: template as TemplateName,
    title: title === undefined ? undefined : plainLine(title, MAX_TITLE_LENGTH),
  });
  const { definition } = loadWorkflow(registry, path, cwd);
  return { document: { ok: true, path, template, registryRoot: registry.root }, definition };
}
