import type { TaskRuntime } from "../../../registry-helper/model/task-record.ts";

/** Who brings the result of a kind of work to its requester when nothing goes wrong. */
export type Announcer = "host" | "clawtask" | "nobody";
/** How a kind of work is set going: words in a chat, a scheduled job, or a command in a terminal. */
export type Trigger = "chat" | "cron" | "terminal";
/** How a piece of work ends when nothing gets in its way. */
export type Ending = "good" | "bad" | "slow" | "stopped" | "refused";

/** One kind of detached work with one way to end. */
export interface Kind {
  readonly runtime: TaskRuntime;
  readonly ending: Ending;
  readonly trigger: Trigger;
  readonly announcer: Announcer;
}

const kind = (runtime: TaskRuntime, ending: Ending, trigger: Trigger, announcer: Announcer): Kind => ({
  runtime,
  ending,
  trigger,
  announcer,
});

/**
 * Every runtime with every ending that it has. `exec` is set to `done_only` in the plugin's configuration, so that its
 * results are ClawTask's to push; the host tells of subagents, ACP children, media and of jobs that it was asked to
 * deliver; everything else is silent by policy.
 */
export const KINDS = {
  "sub-good": kind("subagent", "good", "chat", "host"),
  "sub-bad": kind("subagent", "bad", "chat", "host"),
  "sub-slow": kind("subagent", "slow", "chat", "host"),
  "sub-stopped": kind("subagent", "stopped", "chat", "nobody"),
  "sub-refused": kind("subagent", "refused", "chat", "nobody"),
  /** Asked for without a message at its end (`expectsCompletionMessage: false`). */
  "sub-quiet": kind("subagent", "good", "chat", "nobody"),
  /** Spawns a piece of its own, of the kind `sub-below`, which reports to it. */
  "sub-nested": kind("subagent", "good", "chat", "host"),
  "sub-below": kind("subagent", "good", "chat", "nobody"),
  "acp-good": kind("acp", "good", "chat", "host"),
  "acp-bad": kind("acp", "bad", "chat", "host"),
  "acp-slow": kind("acp", "slow", "chat", "host"),
  "acp-stopped": kind("acp", "stopped", "chat", "nobody"),
  "exec-good": kind("exec", "good", "chat", "clawtask"),
  "exec-bad": kind("exec", "bad", "chat", "clawtask"),
  "exec-slow": kind("exec", "slow", "chat", "clawtask"),
  "exec-stopped": kind("exec", "stopped", "chat", "nobody"),
  "image-good": kind("media", "good", "chat", "host"),
  "image-bad": kind("media", "bad", "chat", "host"),
  "video-good": kind("media", "good", "chat", "host"),
  "video-bad": kind("media", "bad", "chat", "host"),
  "music-good": kind("media", "good", "chat", "host"),
  "music-bad": kind("media", "bad", "chat", "host"),
  /** In a session of its own, its words sent to the person by the host. */
  "cron-good": kind("cron", "good", "cron", "host"),
  "cron-mute": kind("cron", "good", "cron", "nobody"),
  "cron-bad": kind("cron", "bad", "cron", "nobody"),
  "cron-slow": kind("cron", "slow", "cron", "nobody"),
  "cron-stopped": kind("cron", "stopped", "cron", "nobody"),
  /** By itself, once; the host forgets the job afterwards. */
  "once-good": kind("cron", "good", "cron", "nobody"),
  "once-bad": kind("cron", "bad", "cron", "nobody"),
  "command-good": kind("cron", "good", "cron", "host"),
  "command-mute": kind("cron", "good", "cron", "nobody"),
  "command-bad": kind("cron", "bad", "cron", "nobody"),
  "command-slow": kind("cron", "slow", "cron", "nobody"),
  "command-stopped": kind("cron", "stopped", "cron", "nobody"),
  /** In the main session, as a reminder. */
  "reminder-good": kind("cron", "good", "cron", "nobody"),
  "cli-good": kind("cli", "good", "terminal", "nobody"),
  "cli-bad": kind("cli", "bad", "terminal", "nobody"),
  "cli-slow": kind("cli", "slow", "terminal", "nobody"),
  "cli-stopped": kind("cli", "stopped", "terminal", "nobody"),
} as const satisfies Readonly<Record<string, Kind>>;
export type KindName = keyof typeof KINDS;

/** Where somebody asks for work and is told of it. */
export type Place =
  | { readonly channel: "telegram"; readonly chatId: string; readonly threadId?: number }
  | { readonly channel: "discord"; readonly channelId: string; readonly parentChannelId?: string };

/** One piece of detached work. */
export interface Piece {
  /** Stands in its label, task, session and result: by it everybody's words about it are recognized. */
  readonly name: string;
  readonly kind: KindName;
  readonly place: Place;
  /** True when it goes on until the test lets it end, so that trouble can strike while it is at work. */
  readonly isHeld: boolean;
  /** The piece that it spawns, or that it was spawned by. */
  readonly below?: string;
  readonly above?: string;
}

/** The names of pieces: `p07-sub-good`. */
const NAME = /\bp\d\d-[a-z]+-[a-z]+\b/;
const NAMES = new RegExp(NAME.source, "g");

/** The first piece that a text names. */
export const findName = (text: string): string | undefined => NAME.exec(text)?.[0];
/** Every piece that a text names, once. */
export const findNames = (text: string): string[] => [...new Set(text.match(NAMES) ?? [])];
export const getKind = (piece: Pick<Piece, "kind">): Kind => KINDS[piece.kind];
