import { ClawTaskError } from "../../model/errors.ts";
import { MAX_WORKFLOW_BYTES } from "../../model/limits.ts";

/** The YAML between the fences of a workflow file. */
export interface FrontMatter {
  yaml: string;
  /** Lines of the file before the first line of the YAML. */
  lineOffset: number;
  body: string;
}

/**
 * Cuts the front matter out of a workflow file: what stands between two lines that begin with three dashes. It is read as
 * YAML and nothing else; a language behind the first dashes (`---js`) is refused.
 *
 * @throws ClawTaskError `workflow_invalid` | `front_matter_refused` | `too_large`
 */
export function readFrontMatter(text: string, path: string): FrontMatter {
  if (Buffer.byteLength(text) > MAX_WORKFLOW_BYTES) {
    throw new ClawTaskError("too_large", {
      message: `workflow is larger than ${MAX_WORKFLOW_BYTES} bytes: ${path}`,
      remedy: { hint: "move long prompts into files and name them in the prompt" },
    });
  }
  const content = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const firstLine = (content.split("\n", 1)[0] ?? "").trimEnd();
  if (firstLine.startsWith("---") && firstLine !== "---") {
    throw new ClawTaskError("front_matter_refused", {
      message: `${path}:1:4: only plain YAML front matter is read, found "${firstLine.slice(0, 40)}"`,
      remedy: { hint: "open the file with a line of three dashes and write the definition in YAML; code is never run" },
    });
  }
  if (firstLine !== "---") {
    throw new ClawTaskError("workflow_invalid", {
      message: `workflow is missing YAML frontmatter: ${path}`,
      remedy: { hint: "begin the file with --- on the first line, then workflowId, title and nodes, then --- again" },
    });
  }
  if (!/\n---[ \t]*(\n|$)/.test(content)) {
    throw new ClawTaskError("workflow_invalid", {
      message: `workflow frontmatter is not properly closed: ${path}`,
      remedy: { hint: "close it with a line of three dashes" },
    });
  }
  const start = firstDashes(content);
  const end = content.indexOf(CLOSING, start);
  const yaml = content.slice(start, end);
  return {
    yaml: isBlank(yaml) ? "" : yaml.replace(/^\n/, ""),
    lineOffset: 1,
    body: content.slice(end + CLOSING.length).replace(/^\n/, ""),
  };
}

const CLOSING = "\n---";

/** Behind the dashes of the first line, which may have spaces behind them. */
function firstDashes(content: string): number {
  return content.indexOf("---") + 3;
}

/** Nothing but comments and white space. */
function isBlank(yaml: string): boolean {
  return yaml.split("\n").every((line) => line.trim() === "" || line.trim().startsWith("#"));
}
