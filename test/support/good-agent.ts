import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a call of the helper answered. */
export interface HelperAnswer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface GoodAgentOptions {
  runId: string;
  /** How printed commands begin. */
  self: string;
  /** Runs the helper with these words. */
  call: (words: readonly string[]) => HelperAnswer;
  /** A number from 0 up to 1. */
  random: () => number;
}

/** A child that was spawned: where its brief is, and whether it has ended. */
interface Child {
  handoff: string;
  hasEnded: boolean;
}

const MAX_TURNS = 200;

/**
 * An agent that knows nothing but what the helper prints: it runs printed commands with their placeholders filled in,
 * writes the files that a step names, and spawns what it is told to. Work fails now and then, people say no, and the agent
 * loses its memory in the middle, as when another one takes the run over.
 */
export class GoodAgent {
  calls = 0;
  printed = 0;
  readonly refused: string[] = [];
  /** The children that exist in the host, by their label. A lost memory does not end them. */
  private readonly children = new Map<string, Child>();
  /** Steps of its own that were printed and are not done yet. */
  private todo: string[] = [];
  private readonly options: GoodAgentOptions;
  private sessions = 0;

  constructor(options: GoodAgentOptions) {
    this.options = options;
  }

  /** Drives the run from its first steps to its end. */
  drive(first: string): void {
    this.printed += first.length;
    this.work(first);
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      this.letChildrenWork();
      const printed = this.run(["next", this.options.runId, "--claim"]);
      if (/^DONE$/m.test(printed)) return;
      this.work(printed);
    }
    throw new Error(`run ${this.options.runId} does not end:\n${this.run(["next", this.options.runId, "--claim"])}`);
  }

  /** One turn: does what is printed until nothing is left to do. */
  private work(first: string): void {
    for (let printed: string | undefined = first; printed !== undefined; printed = this.act(printed)) {
      if (this.options.random() < 0.08) {
        this.todo = [];
        return;
      }
      const text = printed;
      const own = blocksOf(text).filter((block) => block.startsWith("DO  "));
      this.todo.push(...own.map((block) => withFolder(block, text)));
    }
  }

  private act(printed: string): string | undefined {
    const blocks = blocksOf(printed);
    const dispatch = blocks.filter((block) => block.startsWith("DISPATCH  "));
    if (dispatch.length > 0) return this.dispatch(dispatch.join("\n"));
    const ended = blocks.find((block) => block.startsWith("UNDER WAY  ") && block.includes("  $ "));
    if (ended !== undefined) return this.judge(ended);
    const lost = this.findGoneChild(blocks);
    if (lost !== undefined) return lost;
    const next = this.todo.shift();
    if (next !== undefined) return this.doOwn(next);
    const claimed = blocks.find(
      (block) => block.startsWith("CLAIMED  ") && block.includes("only if its holder is gone"),
    );
    if (claimed !== undefined) return this.runLine(lastCommand(claimed), "taken over");
    const broken = blocks.find((block) => block.startsWith("FAILED  ") || block.startsWith("REJECTED  "));
    const retry = broken === undefined ? undefined : commandsOf(broken).find((line) => line.startsWith("retry "));
    if (retry !== undefined) return this.runLine(retry, "another way");
    const asked = blocks.find((block) => block.startsWith("WAITING  ") && block.includes("then: approve"));
    if (asked !== undefined && this.options.random() < 0.7) return this.answer(asked);
    const report = blocks.find((block) => block.startsWith("REPORT"));
    const reported = report === undefined ? undefined : commandsOf(report).find((line) => line.startsWith("reported "));
    return reported === undefined ? undefined : this.runLine(reported, "");
  }

  private dispatch(text: string): string {
    const keys = new Map<string, string>();
    for (const [, json = ""] of text.matchAll(/call sessions_spawn (\{.*\})$/gm)) {
      const { task, label } = JSON.parse(json) as { task: string; label: string };
      this.children.set(label, { handoff: /^Read (.*) and do what it says\.$/.exec(task)?.[1] ?? "", hasEnded: false });
      keys.set(label.slice(label.indexOf("/") + 1), `agent:main:subagent:${(this.sessions += 1)}`);
    }
    const line = commandsOf(text).find((one) => one.startsWith("spawned ")) ?? "";
    return this.run(
      wordsOf(line).map((word) =>
        word.replace(/^(.*)=<childSessionKey>$/, (_all, id: string) => `${id}=${keys.get(id) ?? ""}`),
      ),
    );
  }

  /** Children whose files are there: mostly good. */
  private judge(block: string): string {
    const complete = commandsOf(block).find((line) => line.startsWith("complete ")) ?? "";
    if (this.options.random() < 0.85) return this.runLine(complete, "good");
    const [, runId = "", node = ""] = wordsOf(complete);
    return this.run(["fail", runId, node, "--next", "--message", "no good"]);
  }

  /** A child that ended without its files. */
  private findGoneChild(blocks: readonly string[]): string | undefined {
    const { runId } = this.options;
    const block = blocks.find((one) => one.startsWith("UNDER WAY  ") && !one.includes("  $ "));
    const fail = block === undefined ? undefined : /^ {2}gone, or no good: (.*)$/m.exec(block)?.[1];
    if (block === undefined || fail === undefined) return undefined;
    for (const [word, id = ""] of block.matchAll(/(\S+?)=\d+/g)) {
      const child = this.children.get(`${runId}/${id}`);
      if (child?.hasEnded === true) return this.runLine(fail.replace("<node=claim>", word), "lost");
    }
    return undefined;
  }

  private doOwn(block: string): string {
    const folder = /^folder (.*)$/m.exec(block)?.[1] ?? "";
    const fail = /^ {2}or: (fail .*)$/m.exec(block)?.[1] ?? "";
    if (this.options.random() < 0.15) return this.runLine(fail, "it broke");
    const files = /^ {2}write: (.*)$/m.exec(block)?.[1];
    for (const file of files?.split(", ") ?? []) write(join(folder, file), "Found.\n");
    return this.runLine(commandsOf(block)[0] ?? "", "done");
  }

  private answer(block: string): string {
    const line = /^ {2}then: (.*)$/m.exec(block)?.[1] ?? "";
    const verb = this.options.random() < 0.8 ? "approve" : "reject";
    return this.run([
      "--text",
      verb,
      ...wordsOf(line.replace(/^approve \(or reject\) /, "")).map((word) => fill(word, "as ana says")),
    ]);
  }

  /** Children read their brief and write what it names; some die. */
  private letChildrenWork(): void {
    for (const child of this.children.values()) {
      if (child.hasEnded || this.options.random() < 0.3) continue;
      child.hasEnded = true;
      if (this.options.random() < 0.15) continue;
      const [, section = ""] = readFileSync(child.handoff, "utf8").split("\n## Write\n");
      for (const [, path = ""] of section.split("\n## ")[0]?.matchAll(/^- (\/\S+)/gm) ?? []) write(path, "Seen.\n");
    }
  }

  private runLine(line: string, words: string): string {
    return this.run(wordsOf(line).map((word) => fill(word, words)));
  }

  private run(words: readonly string[]): string {
    const answer = this.options.call(words);
    this.calls += 1;
    this.printed += answer.stdout.length + answer.stderr.length;
    if (answer.code !== 0) this.refused.push(`${words.join(" ")}\n${answer.stdout}${answer.stderr}`);
    return answer.stdout;
  }
}

/** Steps are told apart by empty lines; a look with nothing to do has none. */
function blocksOf(printed: string): string[] {
  return printed.split(/\n(?=[A-Z][A-Z ]+(?: {2}|$))|\n\n/m);
}

function withFolder(block: string, printed: string): string {
  return `${block}\nfolder ${/^folder (.*)$/m.exec(printed)?.[1] ?? ""}`;
}

/** The printed commands, without the call of the helper. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^ {2}\$ (?:.*?clawtask\.cjs)(?: --registry-root \S+)? (.*)$/gm)].map(
    ([, line = ""]) => line,
  );
}

function lastCommand(text: string): string {
  return commandsOf(text).at(-1) ?? "";
}

/** The words of a command as a shell has them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}

function fill(word: string, words: string): string {
  return word.replace(/<[^>]*>/, words);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
