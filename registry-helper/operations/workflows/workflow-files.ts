import { resolve, join, sep, relative } from "node:path";
import { parseWorkflow } from "../../domain/workflow/parse-workflow.ts";
import { type TemplateName, fromTemplate } from "../../domain/workflow/templates.ts";
import { ClawTaskError } from "../../model/errors.ts";
import { sha256Hex } from "../../model/hash.ts";
import { requireSafeId, isSafeId } from "../../model/ids.ts";
import { MAX_WORKFLOW_BYTES } from "../../model/limits.ts";
import { suggest } from "../../model/remedy.ts";
import type { WorkflowDefinition } from "../../model/workflow-definition.ts";
import type { Registry } from "../../registry/registry.ts";
import { isFolder, makeFolder, readTextIfExists, getErrno, FOLDER_MODE } from "../../storage/file-system.ts";
import { placeNewFile } from "../../storage/place-file.ts";
import { ensureMarker } from "../../storage/registry-marker.ts";
import { storageError } from "../../storage/storage-errors.ts";
import { locateWorkflowFile, SUFFIX } from "../../storage/workflow-paths.ts";

/** A workflow file as it was found. */
export interface WorkflowFile {
  /** Without folder and `.task.md`. */
  name: string;
  /** Relative to the registry root where it lies below it, else absolute. */
  path: string;
  text: string;
}

/**
 * Finds a workflow by its name, or by a path from the registry root or the current directory.
 *
 * @throws ClawTaskError `workflow_not_found`
 */
export function readWorkflowFile(registry: Registry, reference: string, cwd: string): WorkflowFile {
  const { fs, root } = registry;
  const isPath = /[/\\]|\.md$/.test(reference);
  const candidates = isPath
    ? [resolve(root, reference), resolve(cwd, reference)]
    : [join(root, "workflows", `${reference}${SUFFIX}`)];
  for (const path of candidates) {
    // One of the registry is the same file to whoever lists, shows or runs it.
    if (path.startsWith(join(root, "workflows") + sep)) locateWorkflowFile({ fs, root }, path);
    try {
      const text = readTextIfExists(fs, path, { followLinks: true, maxBytes: MAX_WORKFLOW_BYTES });
      if (text !== undefined) return { name: getWorkflowName(path), path: shownPath(root, path), text };
    } catch (error) {
      if (getErrno(error) !== "ENOTDIR" && !isFolder(fs, path)) throw storageError(error, path);
    }
  }
  throw new ClawTaskError("workflow_not_found", {
    message: `workflow not found: ${candidates[0] ?? reference}`,
    remedy: { commands: [suggest("workflow list")] },
  });
}

/** Reads and checks a workflow. */
export function loadWorkflow(
  registry: Registry,
  reference: string,
  cwd: string,
): WorkflowFile & { definition: WorkflowDefinition; warnings: string[] } {
  const file = readWorkflowFile(registry, reference, cwd);
  const warnings: string[] = [];
  return { ...file, definition: parseWorkflow(file.text, file.path, (one) => warnings.push(one)), warnings };
}

function getWorkflowName(path: string): string {
  const name = path.split(sep).at(-1) ?? path;
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
}

function shownPath(root: string, path: string): string {
  const below = relative(root, path);
  return below.startsWith("..") ? path : below.split(sep).join("/");
}

/**
 * Writes `workflows/<name>.task.md` from a template.
 *
 * @returns its path, relative to the registry root
 * @throws ClawTaskError `workflow_exists` | `invalid_id`
 */
export function newWorkflow(
  { fs, root }: Registry,
  request: { name: string; template: TemplateName; title?: string | undefined },
): string {
  const name = request.name.endsWith(SUFFIX) ? request.name.slice(0, -SUFFIX.length) : request.name;
  requireSafeId(name, "workflow name");
  const path = `workflows/${name}${SUFFIX}`;
  const text = fromTemplate(request.template, { workflowId: name, title: request.title });
  if (place({ fs, root }, path, text)) return path;
  throw new ClawTaskError("workflow_exists", {
    message: `workflow already exists: ${path}`,
    remedy: { hint: "choose another name, or look at it", commands: [suggest("workflow show", name)] },
  });
}

/** Whole or not at all; false when something has the name. The folder may be a link to one that is shared. */
function place({ fs, root }: Pick<Registry, "fs" | "root">, path: string, text: string): boolean {
  try {
    makeFolder(fs, root, root);
    const folder = join(root, "workflows");
    if (!fs.existsSync(folder)) fs.mkdirSync(folder, FOLDER_MODE);
    const isPlaced = placeNewFile(fs, join(root, path), text);
    ensureMarker(fs, root);
    return isPlaced;
  } catch (error) {
    throw storageError(error, path);
  }
}

const MAX_NAME_LENGTH = 48;

/**
 * Puts the text of a workflow into the registry, after it was checked: as `workflows/<its id>.task.md`, or, where another
 * text has that name, with a part of its hash behind. The same text again is the same file.
 *
 * @returns its path, relative to the registry root
 * @throws ClawTaskError `workflow_invalid` | `front_matter_refused`
 */
export function addWorkflow({ fs, root }: Registry, text: string): string {
  const { workflowId } = parseWorkflow(text, "workflowMarkdown");
  const stem = isSafeId(workflowId) ? workflowId.slice(0, MAX_NAME_LENGTH) : "workflow";
  for (const name of [stem, `${stem}-${sha256Hex(text).slice(0, 8)}`]) {
    const path = `workflows/${name}${SUFFIX}`;
    if (place({ fs, root }, path, text)) return path;
    if (readTextIfExists(fs, join(root, path), { followLinks: true }) === text) return path;
  }
  throw new ClawTaskError("workflow_exists", {
    message: `another text has the name of this workflow: ${workflowId}`,
    remedy: { hint: "give it another workflowId" },
  });
}
