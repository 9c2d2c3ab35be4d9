import type { ModelReply } from "./scripted-model.ts";
import { ACP_AGENT } from "./scripted-runtimes.ts";

/** What an ACP turn or a media job does; see the fixture `scripted-runtimes`. */
export interface Script {
  /** Milliseconds to wait first. */
  readonly sleepMs?: number;
  /** A file to wait for, so that a test decides the moment of the end. */
  readonly waitFor?: string;
  /** The result. */
  readonly done?: string;
  /** Ends in an error with these words. */
  readonly fail?: string;
}

/** The prompt that the fixture `scripted-runtimes` plays. */
export function scriptText({ sleepMs, waitFor, done, fail }: Script): string {
  const parts = { SLEEP: sleepMs, WAIT: waitFor, DONE: done, FAIL: fail };
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([operation, value]) => `${operation}:${value}`)
    .join("\n");
}

/** The model starts a command that goes on in the background. */
export function execInBackground(call: { command: string; timeoutSeconds?: number }): ModelReply {
  return toolCall("exec", { ...call, background: true });
}

/** The model starts a command that goes to the background by itself when it is not done after `yieldMs`. */
export function execThatYields(call: { command: string; yieldMs: number }): ModelReply {
  return toolCall("exec", call);
}

/** The model hands a task to the scripted ACP agent. */
export function spawnAcp(call: { label: string; script: Script; runTimeoutSeconds?: number }): ModelReply {
  const { label, script, runTimeoutSeconds } = call;
  return toolCall("sessions_spawn", {
    runtime: "acp",
    agentId: ACP_AGENT,
    label,
    task: scriptText(script),
    ...(runTimeoutSeconds !== undefined && { runTimeoutSeconds }),
  });
}

/** The model has a picture, a film or a piece of music made; the prompt, first line `about`, is the row's `task`. */
export function generateMedia(call: { kind: "image" | "video" | "music"; about: string; script?: Script }): ModelReply {
  const script = call.script ? `\n${scriptText(call.script)}` : "";
  return toolCall(`${call.kind}_generate`, { prompt: `${call.about}${script}` });
}

function toolCall(name: string, args: unknown): ModelReply {
  return { toolCalls: [{ name, args }] };
}
