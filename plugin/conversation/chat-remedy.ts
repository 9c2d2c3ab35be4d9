import { formatCommand, type Remedy, type SuggestedCommand } from "../../registry-helper/internal.ts";

/** Commands that the chat has too, and their names after the chat's own word for tasks. */
const IN_CHAT: Readonly<Record<string, string>> = {
  "tasks list": "",
  "tasks show": "show",
  "tasks retry": "retry",
  "tasks dismiss": "dismiss",
  "tasks cancel": "cancel",
  "tasks notify": "notify",
};
/** Options of the command line that the chat does not need. */
const DROPPED = ["--context"];

/**
 * A suggested command as it is typed in the chat; one that the chat has not is shown for a terminal.
 *
 * @param word how tasks are addressed in this chat, such as `/tasks`
 */
export function formatChatCommand(command: SuggestedCommand, word: string): string {
  const name = IN_CHAT[command.name];
  if (name === undefined) return formatCommand(command);
  return [word, name, ...command.args.filter((arg) => !DROPPED.includes(arg))].filter((part) => part !== "").join(" ");
}

/** What to do, for the chat. */
export function formatChatRemedy({ hint, scope, commands = [] }: Remedy, word: string): string {
  const lines = commands.map((command) => formatChatCommand(command, word)).join(", or: ");
  return [scope === undefined ? hint : undefined, lines].filter((part) => part !== undefined && part !== "").join(": ");
}
