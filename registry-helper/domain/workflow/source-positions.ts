import { type LineCounter, type Node, isScalar } from "yaml";

/** Says where in a workflow file something stands, as `file:line:column`. */
export type Locate = (path: readonly (string | number)[]) => string;

/** For definitions without positions, such as a JSON spec: names the path instead. */
export function locateByName(file: string): Locate {
  return (path) => (path.length === 0 ? file : `${file}: ${path.join(".")}`);
}

export function locateInYaml(options: {
  file: string;
  nodeAt: (path: readonly (string | number)[]) => Node | undefined;
  lines: LineCounter;
  lineOffset: number;
}): Locate {
  return (path) => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const offset = options.nodeAt(path.slice(0, depth))?.range?.[0];
      if (offset === undefined) continue;
      const { line, col } = options.lines.linePos(offset);
      return `${options.file}:${line + options.lineOffset}:${col}`;
    }
    return options.file;
  };
}

/** How text that YAML reads in its own way is written so that it stays text. */
export const QUOTING_ADVICE = 'Text with "#", ": ", "{{" or "@" goes in quotes, or below "|" as in prompt: |';

/** Keys whose values are sentences for people and agents, in which " #" is meant. */
export const TRUNCATABLE_KEYS: ReadonlySet<string> = new Set(["prompt", "title", "question", "description"]);

/**
 * Plain text ends at " #", since YAML takes the rest for a comment: of a prompt half would be gone in silence. Behind
 * quotes, or on a line of its own, a comment is meant as one.
 */
export function findTruncatedText(value: unknown, key: string): { at: number; text: string } | undefined {
  if (!isScalar(value) || value.type !== "PLAIN" || value.range == null || value.source === undefined) return undefined;
  const comment = value.comment?.split("\n", 1)[0];
  if (comment === undefined || comment === null) return undefined;
  return {
    at: value.range[1],
    text: `${key} ends before " #${shortened(comment)}", which YAML takes for a comment. ${QUOTING_ADVICE}`,
  };
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
