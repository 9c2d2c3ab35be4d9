import matter from "gray-matter";
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
 * Cuts the front matter out of a workflow file. The only importer of gray-matter: by default it evaluates
 * `---js` front matter as code, and keeps a cache that answers a second call with empty data after an
 * error. So a file must open with a plain `---`, every engine but YAML throws, and options are always given.
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
  let yaml = "";
  const fail = (): never => {
    throw new ClawTaskError("front_matter_refused", { message: `${path}: only YAML front matter is read` });
  };
  const parsed = matter(content, {
    language: "yaml",
    engines: {
      yaml: { parse: (source: string) => ((yaml = source.replace(/^\n/, "")), {}), stringify: fail },
      json: { parse: fail, stringify: fail },
      javascript: { parse: fail, stringify: fail },
      coffee: { parse: fail, stringify: fail },
    },
  });
  return { yaml, lineOffset: 1, body: parsed.content };
}
