import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execInBackground, generateMedia, type Script, spawnAcp } from "../support/detached-calls.ts";
import type { ModelReply, ModelRequest } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";
import { getKind, findName, findNames, type Piece } from "./chaos-pieces.ts";

/** Longer than any test. */
const FOR_EVER_MS = 3_600_000;
/** Words of the host about results that it puts before a person's own. */
const RUNTIME_EVENT = /^\[OpenClaw runtime event\][\s\S]*?\n\nCurrent parent turn:\n\n/;
/** ClawTask's own words in a session that it woke. */
const NOTICE = /(?:✅|⚠️) [^\n]*/g;
/** Words with which a person keeps the agent busy; the name of the hold follows. */
const BUSY = /^be busy (\S+)$/m;
/** Words that ask for a piece of work; the host puts several messages of one person into one prompt. */
const ASKED = /^do (\S+)$/gm;
/** What the host puts before a person's words that a crash left without an answer; its own event follows. */
const QUEUED_MESSAGE = /^\[Queued user message from a previous active turn/;

/**
 * Plays every agent of the chaos test: the one that people talk to and the ones that work. Held work goes on until
 * its file exists, whichever process waits for it.
 */
export class ChaosAgent {
  private readonly pieces = new Map<string, Piece>();
  private readonly folder: string;
  private readonly started = new Set<string>();
  private readonly called = new Map<string, number>();
  private readonly answered = new Set<string>();

  /** What a person has read of a piece of work: a good agent says nothing twice. */
  private readonly isVisible: (name: string) => boolean;

  /** @param options.folder where the files lie that let held work end */
  constructor(options: { folder: string; isVisible: (name: string) => boolean }) {
    this.folder = options.folder;
    this.isVisible = options.isVisible;
    mkdirSync(this.folder, { recursive: true });
  }

  learn(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.pieces.set(piece.name, piece);
  }

  /** Lets held work (or a busy turn) end. */
  release(name: string): void {
    writeFileSync(this.getFile(name), "");
  }

  isReleased(name: string): boolean {
    return existsSync(this.getFile(name));
  }

  /** Whether a turn that is to keep the agent busy, or the model's work on a piece, has begun. */
  isAtWork(name: string): boolean {
    return this.started.has(name);
  }

  /** When the agent understood that a piece of work is wanted and made the call that begins it, in epoch milliseconds. */
  calledAt(name: string): number | undefined {
    return this.called.get(name);
  }

  /** Whether the host has answered that call. */
  isAnswered(name: string): boolean {
    return this.answered.has(name);
  }

  /** The call came to nothing: it is made anew when somebody asks again. */
  forgetCall(name: string): void {
    this.called.delete(name);
  }

  /** The answer to one question to the model. */
  async respond(request: ModelRequest): Promise<ModelReply> {
    for (const name of findAnswered(request)) this.answered.add(name);
    switch (request.turn) {
      case "announce":
      case "media":
        return this.report(findCompleted(request.prompt), request);
      case "settle":
        return this.report(this.unread(findNames(request.prompt)), request);
      case "heartbeat":
        return this.wake(request);
      case "prompt":
        return this.work(request);
    }
  }

  private async work(request: ModelRequest): Promise<ModelReply> {
    const ended = QUEUED_MESSAGE.test(request.prompt) ? findCompleted(lastWords(request)) : completedInPrompt(request);
    if (ended.length > 0) return this.report(ended, request);
    const busy = BUSY.exec(request.prompt)?.[1];
    if (busy !== undefined) {
      this.started.add(busy);
      await this.hold(busy);
      return this.withRuntimeEvents(request, "here again");
    }
    const asked = [...request.prompt.matchAll(ASKED)].map((match) => this.getPiece(match[1] ?? ""));
    if (asked.length > 0) return this.start(asked, request);
    const name = findWork(request);
    const piece = name === undefined ? undefined : this.pieces.get(name);
    return piece === undefined ? this.withRuntimeEvents(request, "NO_REPLY") : this.doWork(piece, request);
  }

  /** A person asks for work: a tool call for each piece, then words that name nothing. */
  private start(pieces: readonly Piece[], request: ModelRequest): ModelReply {
    // Asked again after the host lost the first request: what has begun is not begun twice.
    const fresh = pieces.filter(({ name }) => !this.called.has(name));
    if (request.toolResults.length > 0 || fresh.length === 0) return this.withRuntimeEvents(request, "it is under way");
    for (const { name } of fresh) this.called.set(name, request.at);
    const calls = fresh.map((piece) => this.callFor(piece));
    return { toolCalls: calls.flatMap((reply) => ("toolCalls" in reply ? reply.toolCalls : [])) };
  }

  private callFor(piece: Piece): ModelReply {
    const { name } = piece;
    const { runtime, ending } = getKind(piece);
    switch (runtime) {
      case "acp":
        return spawnAcp({
          label: name,
          script: this.createScript(piece),
          ...(ending === "slow" ? { runTimeoutSeconds: 1 } : {}),
        });
      case "exec":
        return execInBackground({
          command: `: ${name}; ${this.createShellCommand(piece)}`,
          ...(ending === "slow" ? { timeoutSeconds: 1 } : {}),
        });
      case "media":
        return generateMedia({
          kind: piece.kind.split("-")[0] as "image" | "video" | "music",
          about: name,
          script: this.createScript(piece),
        });
      default:
        return this.spawn(piece);
    }
  }

  private spawn(piece: Piece): ModelReply {
    const args = {
      task: `work on ${piece.name}`,
      label: piece.name,
      ...(piece.kind === "sub-slow" && { runTimeoutSeconds: 2 }),
      ...(piece.kind === "sub-refused" && { agentId: "nobody" }),
      ...(piece.kind === "sub-quiet" && { expectsCompletionMessage: false }),
    };
    return { toolCalls: [{ name: "sessions_spawn", args }] };
  }

  /** A child, a scheduled job or a run in a terminal does its work. */
  private async doWork(piece: Piece, request: ModelRequest): Promise<ModelReply> {
    const { name, below } = piece;
    const { ending } = getKind(piece);
    if (below !== undefined && !request.prompt.includes("descendants for that run have now settled")) {
      return request.toolResults.length === 0
        ? this.spawn(this.getPiece(below))
        : { text: "waiting for what is below me" };
    }
    this.started.add(name);
    if (ending === "bad") return { error: { status: 400, message: "no" } };
    if (ending === "slow" || ending === "stopped") return { text: "too late", delayMs: FOR_EVER_MS };
    if (piece.isHeld) await this.hold(name);
    return { text: getOutcome(name) };
  }

  /** The agent tells its person what came of some pieces of work. */
  private report(names: readonly string[], request: ModelRequest): ModelReply {
    if (request.isSubagent) return { text: "noted" };
    return { text: names.length === 0 ? "NO_REPLY" : `told: ${names.join(", ")}` };
  }

  /** Nobody spoke: the agent passes on what ClawTask put before it, and is silent otherwise. */
  private wake(request: ModelRequest): ModelReply {
    const notices = `${request.prompt}\n${request.context}`.match(NOTICE) ?? [];
    const names = this.unread(findNames(notices.join("\n")));
    return { text: names.length === 0 ? "NO_REPLY" : `passed on: ${names.join(", ")}` };
  }

  /** Results that the host put before a person's words are passed on in the answer, as an agent should. */
  private withRuntimeEvents(request: ModelRequest, words: string): ModelReply {
    const runtimeEvents = request.messages.flatMap(({ role, text }) =>
      role === "user" ? (RUNTIME_EVENT.exec(text)?.[0] ?? "") : [],
    );
    const names = this.unread(findNames(runtimeEvents.join("\n")));
    return { text: names.length === 0 ? words : `${words}; by the way: ${names.join(", ")}` };
  }

  private unread(names: readonly string[]): string[] {
    return names.filter((name) => !this.isVisible(name));
  }

  private createScript(piece: Piece): Script {
    const { ending } = getKind(piece);
    if (ending === "bad") return { fail: `no ${piece.name}` };
    if (ending === "slow" || ending === "stopped") return { sleepMs: FOR_EVER_MS };
    return {
      ...(piece.isHeld ? { waitFor: this.getFile(piece.name) } : { sleepMs: 300 }),
      done: getOutcome(piece.name),
    };
  }

  private createShellCommand(piece: Piece): string {
    const { ending } = getKind(piece);
    if (ending === "slow" || ending === "stopped") return "sleep 3600";
    const wait = piece.isHeld ? `until [ -e '${this.getFile(piece.name)}' ]; do sleep 0.1; done` : "sleep 1";
    return ending === "bad" ? `${wait}; exit 3` : wait;
  }

  private hold(name: string): Promise<unknown> {
    return until(() => this.isReleased(name), { what: `${name} to be let go`, deadlineMs: FOR_EVER_MS });
  }

  /** The file whose existence lets held work end. */
  getFile(name: string): string {
    return join(this.folder, name);
  }

  private getPiece(name: string): Piece {
    const piece = this.pieces.get(name);
    if (piece === undefined) throw new Error(`no piece ${name}`);
    return piece;
  }
}

/** The piece that a worker is at: a child is told at the very beginning, whatever is said to it later. */
function findWork({ isSubagent, messages, prompt, sessionKey }: ModelRequest): string | undefined {
  if (!isSubagent) return findName(prompt) ?? findName(sessionKey);
  return messages
    .filter(({ role }) => role === "user")
    .map(({ text }) => findName(text))
    .find((name) => name !== undefined);
}

/** The pieces whose calls have got an answer. */
function findAnswered({ messages }: ModelRequest): string[] {
  const answers = new Set(messages.map(({ toolCallId }) => toolCallId));
  const calls = messages.flatMap(({ toolCalls }) => toolCalls).filter(({ id }) => answers.has(id));
  return findNames(JSON.stringify(calls));
}

/** Work whose end the host tells in the middle of a turn that somebody else's end began. */
function completedInPrompt({ prompt, isSubagent }: ModelRequest): string[] {
  return !isSubagent && prompt.includes("[Internal task completion event]") ? findCompleted(prompt) : [];
}

/** The work that the host's own event says is over; it may name more work around it. */
function findCompleted(text: string): string[] {
  const tasks = [...text.matchAll(/(?:\n|\\n)task: ([^\n\\]*)/g)].map((match) => match[1] ?? "");
  return findNames(tasks.join("\n"));
}

/** The newest words that are not the agent's, with everything that the host puts around them. */
function lastWords({ messages }: ModelRequest): string {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  return messages
    .slice(last + 1)
    .filter(({ role }) => role === "user")
    .map(({ text }) => text)
    .join("\n");
}

/** What a piece of work gives. */
export const getOutcome = (name: string): string => `outcome of ${name}`;
