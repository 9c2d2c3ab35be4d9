/** A word as a shell takes it, for commands that are shown to paste. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `clawtask ...` as it works where it is shown: the helper may be called by another name, on a registry of its own. */
export function pasteable(command: string, self: string): string {
  return command.startsWith("clawtask ") ? `${self}${command.slice("clawtask".length)}` : command;
}

/** The same within a sentence, such as the way out of an error: every command of it. */
export function pasteableText(text: string, self: string): string {
  return text.replace(/(^|[^\w/.-])clawtask (?=[a-z])/g, (_, before: string) => `${before}${self} `);
}
