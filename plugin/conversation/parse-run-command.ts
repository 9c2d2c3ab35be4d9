/** What a person wants of `/run`. */
export type RunChatRequest =
  | { readonly kind: "list" | "help" }
  | { readonly kind: "show"; readonly runId: string }
  /** About a run as a whole. */
  | { readonly kind: "pause" | "resume" | "cancel"; readonly runId: string; readonly words: string }
  /** About a node; which one, and what else, is known once the run is. */
  | { readonly kind: "approve" | "reject" | "retry" | "skip"; readonly runId: string; readonly rest: readonly string[] }
  | { readonly kind: "unclear"; readonly what: string };

/** Reads the words after the command. A word that is no subcommand is taken for a run. */
export function parseRunCommand(args: string): RunChatRequest {
  const [first = "", runId, ...rest] = args.trim().split(/\s+/);
  const word = first.toLowerCase();
  switch (word) {
    case "":
    case "list":
      return { kind: "list" };
    case "help":
      return { kind: "help" };
    case "show":
      return runId === undefined ? missing(word) : { kind: word, runId };
    case "pause":
    case "resume":
    case "cancel":
      return runId === undefined ? missing(word) : { kind: word, runId, words: rest.join(" ") };
    case "approve":
    case "reject":
    case "retry":
    case "skip":
      return runId === undefined ? missing(word) : { kind: word, runId, rest };
    default:
      return runId === undefined
        ? { kind: "show", runId: first }
        : { kind: "unclear", what: "this is no command of mine." };
  }
}

function missing(word: string): RunChatRequest {
  return { kind: "unclear", what: `which run? ${word} wants its id.` };
}

/** What a person means of one node: its id, a choice of its question, and their words. */
export interface NodeRequest {
  nodeId: string;
  choice?: string;
  words: string;
}

/** A node of a run, as far as an answer needs it. */
export interface AnswerableNode {
  id: string;
  isWaiting: boolean;
  choices: readonly string[];
}

/**
 * Finds the node in what stands behind the run's id: named, or the only one that waits for an answer.
 *
 * @returns what is missing, in words, when it cannot be told
 */
export function parseNodeRequest(rest: readonly string[], nodes: readonly AnswerableNode[]): NodeRequest | string {
  const [first] = rest;
  const named = nodes.find(({ id }) => id === first);
  const waiting = nodes.filter(({ isWaiting }) => isWaiting);
  const node = named ?? (waiting.length === 1 ? waiting[0] : undefined);
  if (node === undefined)
    return waiting.length === 0 ? "which step? Name it." : `which one? ${waiting.map(({ id }) => id).join(", ")} wait.`;
  const words = named === undefined ? rest : rest.slice(1);
  const choice = findChoice(node.choices, words);
  return choice === undefined
    ? { nodeId: node.id, words: words.join(" ") }
    : { nodeId: node.id, choice, words: words.slice(choice.trim().split(/\s+/).length).join(" ") };
}

/** The longest choice that the words begin with: one may be the beginning of another. */
function findChoice(choices: readonly string[], words: readonly string[]): string | undefined {
  const typed = words.map((word) => word.toLowerCase());
  return choices
    .filter((choice) => {
      const wanted = choice.toLowerCase().trim().split(/\s+/);
      return wanted.every((word, index) => typed[index] === word);
    })
    .sort((one, other) => other.length - one.length)[0];
}
