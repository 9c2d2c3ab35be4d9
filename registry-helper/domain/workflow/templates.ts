import { templateTexts } from "./templates.generated.js";

/** Workflows that come with the helper: skills/clawtask/assets/<name>.task.md, put into the bundle when it is built. */
export const TEMPLATES = ["blank", "research-report", "code-review", "release-checklist", "nightly-digest"] as const;
export type TemplateName = (typeof TEMPLATES)[number];

/**
 * The text of a template under a name of its own.
 *
 * @example fromTemplate("research-report", { workflowId: "market-report", title: "Market report" })
 */
export function fromTemplate(template: TemplateName, own: { workflowId: string; title?: string | undefined }): string {
  const text = templateTexts[template] ?? "";
  const named = text
    .replace(/^workflowId:.*$/m, () => `workflowId: ${own.workflowId}`)
    // The text below the front matter shows how to begin a run of this very file.
    .replaceAll(`workflows/${template}.task.md`, () => `workflows/${own.workflowId}.task.md`);
  const { title } = own;
  return title === undefined ? named : named.replace(/^title:.*$/m, () => `title: ${JSON.stringify(title)}`);
}
