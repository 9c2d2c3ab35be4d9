import { sealText } from "../../registry-helper/storage/journal-chain.ts";

/** Journal lines as if ClawTask had written them so: for tests that need a text that nothing but ClawTask would write. */
export function resealLines(lines: readonly string[]): string[] {
  let last = "";
  return lines.map((line) => {
    if (line.trim() === "") return line;
    const sealed = sealText(line, last);
    last = sealed.sum;
    return sealed.text;
  });
}
