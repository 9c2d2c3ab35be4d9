/** `clawtask ...` as it works where it is shown: the helper may be called by another name, on a registry of its own. */
export function pasteable(command: string, self: string): string {
  return command.startsWith("clawtask ") ? `${self}${command.slice("clawtask".length)}` : command;
}
