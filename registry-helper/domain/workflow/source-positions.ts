import type { Document, LineCounter, Node } from "yaml";

/** Says where in a workflow file something stands, as `file:line:column`. */
export type Locate = (path: readonly (string | number)[]) => string;

/** For definitions without positions, such as a JSON spec: names the path instead. */
export function locateByName(file: string): Locate {
  return (path) => (path.length === 0 ? file : `${file}: ${path.join(".")}`);
}

export function locateInYaml(options: {
  file: string;
  document: Document;
  lines: LineCounter;
  lineOffset: number;
}): Locate {
  return (path) => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = options.document.getIn(path.slice(0, depth), true) as Node | undefined;
      const offset = node?.range?.[0];
      if (offset === undefined) continue;
      const { line, col } = options.lines.linePos(offset);
      return `${options.file}:${line + options.lineOffset}:${col}`;
    }
    return options.file;
  };
}
