import { NOTIFY_POLICIES, type NotifyPolicy } from "../../registry-helper/internal.ts";

/** What a person wants of `/tasks`. */
export type TasksChatRequest =
  | { readonly kind: "list"; readonly all: boolean }
  | { readonly kind: "attention" | "help" }
  | { readonly kind: "show" | "cancel" | "retry" | "dismiss"; readonly reference: string; readonly reason?: string }
  | { readonly kind: "notify"; readonly reference: string; readonly policy: NotifyPolicy }
  /** Not understood: what is missing, in a sentence. */
  | { readonly kind: "unclear"; readonly what: string };

const POLICIES = NOTIFY_POLICIES.join(", ");

/** Reads the words after the command. A word that is no subcommand is taken for a task. */
export function parseCommand(args: string): TasksChatRequest {
  const [first = "", reference, ...rest] = args.trim().split(/\s+/);
  const word = first.toLowerCase();
  switch (word) {
    case "":
    case "list":
      return { kind: "list", all: reference?.toLowerCase() === "all" };
    case "all":
      return { kind: "list", all: true };
    case "attention":
    case "help":
      return { kind: word };
    case "show":
    case "cancel":
    case "retry":
    case "dismiss": {
      if (reference === undefined) return { kind: "unclear", what: `which task? ${word} wants its id.` };
      const reason = rest.join(" ");
      return { kind: word, reference, ...(reason === "" ? {} : { reason }) };
    }
    case "notify": {
      const policy = NOTIFY_POLICIES.find((one) => one === rest[0]?.toLowerCase());
      if (reference === undefined) return { kind: "unclear", what: "which task? notify wants its id and a policy." };
      return policy === undefined
        ? { kind: "unclear", what: `notify wants one of ${POLICIES}.` }
        : { kind: "notify", reference, policy };
    }
    default:
      if (reference === undefined && /\d/.test(first)) return { kind: "show", reference: first };
      return { kind: "unclear", what: "this is no command of mine." };
  }
}
