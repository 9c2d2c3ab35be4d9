import { quoteShellWord } from "../../../model/remedy.ts";
import type { RunNode } from "../../../model/run-documents.ts";
import { parseWaitTarget } from "../state/wait-target.ts";

/** The commands that a step is made of, ready to paste. Words in <angle brackets> are the caller's to fill in. */
export class StepCommands {
  private readonly self: string;
  private readonly runId: string;
  private readonly node: RunNode;

  constructor(self: string, runId: string, node: RunNode) {
    this.self = self;
    this.runId = runId;
    this.node = node;
  }

  to(status: string, message?: string): string {
    return `${this.command("transition-node")} ${status}${messageOption(message)}`;
  }

  claim(): string {
    return this.command("claim");
  }

  spawned(): string {
    return `${this.self} spawned ${this.runId} ${this.node.id}="<childSessionKey>" --next`;
  }

  complete(): string {
    // A child has written its file; whoever does the work in this session can give it along.
    const needsResult = this.node.policy?.resultSchema !== undefined && this.node.kind !== "subagent";
    const result = needsResult ? ` --result-json '<JSON>'` : "";
    return `${this.command("complete")}${this.token()} --next${result}${messageOption("<what came out>")}`;
  }

  fail(): string {
    return `${this.command("fail")}${this.token()} --next${messageOption("<why>")}`;
  }

  approve(): string {
    const { choices, schema } = this.node.policy?.approval ?? {};
    const choice =
      choices !== undefined && choices.length > 2 ? ` --choice "<${choices.slice(0, -1).join(" | ")}>"` : "";
    const data = schema === undefined ? "" : " --data-json '<JSON>'";
    return `${this.command("approve")}${choice}${data} --by <who> --next${messageOption("<their words>")}`;
  }

  reject(): string {
    return `${this.command("reject")} --by <who> --next${messageOption("<their words>")}`;
  }

  /** Ends a wait by hand: the event that it waits for, or a person's word. */
  endWait(): string {
    const target = parseWaitTarget(this.node);
    if (target.type === "event") return `${this.self} emit ${this.runId} ${target.event}`;
    return this.to("completed", "<who said go>");
  }

  retry(message: string): string {
    return `${this.command("retry")} --next${messageOption(message)}`;
  }

  /** More work before a question, which is asked again when that is done. */
  addBefore(): string {
    const node = JSON.stringify({ id: "<id>", needs: this.node.needs, prompt: "<what is to be done>" });
    return `${this.self} add-node ${this.runId} --needed-by ${this.node.id} --node-json ${quoteShellWord(node)} --next${messageOption("<what will be different>")}`;
  }

  cancel(): string {
    return `${this.self} cancel ${this.runId}${messageOption("<why>")}`;
  }

  skip(): string {
    return `${this.command("skip")} --next${messageOption("<why it may be left out>")}`;
  }

  private command(name: string): string {
    return `${this.self} ${name} ${this.runId} ${this.node.id}`;
  }

  private token(): string {
    return this.node.claim === undefined ? "" : ` --claim ${this.node.claim.token}`;
  }
}

function messageOption(message: string | undefined): string {
  return message === undefined ? "" : ` --message "${message}"`;
}
