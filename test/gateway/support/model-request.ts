/** One message of a conversation, as the model sees it. */
export interface ModelMessage {
  readonly role: string;
  readonly text: string;
  /** On an assistant message: the calls that it made. */
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
  /** On a tool message: the call that it answers. */
  readonly toolCallId: string | undefined;
}

/** What a tool gave back, in the order in which it came. */
export interface ToolResult {
  readonly name: string;
  readonly callId: string;
  readonly text: string;
}

/**
 * Why the host asked: somebody wrote, a child's result is to be announced, the last of several children is
 * done (their results are handed over once more, together), a media job is over, or it woke up by itself.
 */
export type TurnKind = "prompt" | "announce" | "settle" | "media" | "heartbeat";

/** One question of the host to the model. */
export interface ModelRequest {
  /** Counted from 0 over the life of the server. */
  readonly index: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly model: string;
  readonly stream: boolean;
  readonly messages: readonly ModelMessage[];
  /** Names of the tools on offer. */
  readonly tools: readonly string[];
  /** System prompt. */
  readonly system: string;
  /** Session in which the host asks, e.g. `agent:main:telegram:group:-100123:topic:77`. */
  readonly sessionKey: string;
  /** Whether the host asks for a child that another session spawned. */
  readonly isSubagent: boolean;
  readonly turn: TurnKind;
  /**
   * What the last prompt says: a person's words, a child's task or a job's message alone, without what the host puts
   * around them; on an announce or media turn the host's whole message.
   */
  readonly prompt: string;
  /** What the host adds to the newest question: system events, running work, results that wait. */
  readonly context: string;
  /** On an announce, settle or media turn: what the child or the job gave; several answers stand in lines of their own. */
  readonly childResult: string | undefined;
  /** Tool results that came after that prompt. */
  readonly toolResults: readonly ToolResult[];
  /** The body as it came. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Text that the host adds to each request anew; sometimes it is a user message of its own. */
const CONTEXT_BLOCK = /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>[\s\S]*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/g;
/** What stands before and after a person's words. */
const TIME_STAMP = /^\[[A-Z][a-z]{2} \d{4}-\d\d-\d\d[^\]]*\] /;
const SENDER_INFO = /^Conversation info: ⟦openclaw:ctx⟧\n```json\n[\s\S]*?\n```\n\n/;
const CRON_NAME = /^\[cron:[0-9a-f-]+ [^\]]*\] /;
const CRON_ADVICE = /\nCurrent time: [^\n]*\nReference UTC: [^\n]*\n\nThis is an unattended scheduled run\.[\s\S]*$/;
const RUNTIME_LINE = /\n\nRuntime: agent=[^\n]*$/;
const SESSION_KEY = /\bRuntime: agent=[^\n]*\| session=(\S+)/g;
/** Results of children that the host puts before a person's words when no announcement got through. */
const RUNTIME_EVENT = /^\[OpenClaw runtime event\][\s\S]*?\n\nCurrent parent turn:\n\n/;
/** The task inside the first message of a child session. */
const CHILD_TASK = /\[Subagent Task\]\n\n([\s\S]*?)\n\nBegin\. Execute the assigned task/;
/** Marks of turns that nobody typed. */
const ANNOUNCE_MARK = "sourceTool=subagent_announce";
const ENDED_TURN_MARK = "[Subagent Context] Every subagent spawned from this session has now settled";
const MEDIA_MARK =
  /\[Internal task completion event\]\nsource: (image|video|music)_generation\n|\[Generated media delivery retry\]/;
const CHILD_RESULT = /Child result[^\n]*\n<prompt-data>\n([\s\S]*?)\n<\/prompt-data>/g;
const WAKE_MARK = /^(Follow the heartbeat|A scheduled |An async command )/;

/** Reads a chat completion request. */
export function readModelRequest(body: Record<string, unknown>, index: number): ModelRequest {
  const messages = list(body.messages).map(readMessage);
  const promptAt = messages.findLastIndex((one) => one.role === "user" && withoutContext(one.text) !== "");
  const prompt = stripEnvelope(messages[promptAt]?.text ?? "");
  const sessionKey = findSessionKey(messages);
  const turn = getTurnKind(prompt);
  return {
    index,
    at: Date.now(),
    model: String(body.model),
    stream: body.stream === true,
    messages,
    tools: list(body.tools).map((tool) => String(record(tool.function).name)),
    system: messages
      .filter(isSystem)
      .map((one) => one.text)
      .join("\n"),
    sessionKey,
    isSubagent: sessionKey.includes(":subagent:"),
    turn,
    prompt,
    context: findContext(messages),
    childResult: turn === "announce" || turn === "settle" || turn === "media" ? findChildResult(prompt) : undefined,
    toolResults: resultsAfter(messages, promptAt),
    body,
  };
}

function withoutContext(text: string): string {
  return text.replace(CONTEXT_BLOCK, "").trim();
}

function findContext(messages: readonly ModelMessage[]): string {
  const blocks = messages.flatMap((one) => [...one.text.matchAll(CONTEXT_BLOCK)].map((match) => match[0]));
  return blocks.at(-1) ?? "";
}

function stripEnvelope(text: string): string {
  const around = [TIME_STAMP, SENDER_INFO, RUNTIME_LINE, RUNTIME_EVENT, CRON_NAME, CRON_ADVICE];
  const bare = around.reduce((left, pattern) => left.replace(pattern, ""), withoutContext(text));
  return CHILD_TASK.exec(bare)?.[1] ?? bare;
}

function getTurnKind(prompt: string): TurnKind {
  if (prompt.includes(ANNOUNCE_MARK)) return "announce";
  if (prompt.startsWith(ENDED_TURN_MARK)) return "settle";
  if (MEDIA_MARK.test(prompt)) return "media";
  return WAKE_MARK.test(prompt) ? "heartbeat" : "prompt";
}

function findChildResult(prompt: string): string | undefined {
  const results = [...prompt.matchAll(CHILD_RESULT)].map((match) => match[1]);
  return results.length === 0 ? undefined : results.join("\n");
}

/** The newest mention counts: a session may have been forked from another. */
function findSessionKey(messages: readonly ModelMessage[]): string {
  const mentions = messages.flatMap((one) => [...one.text.matchAll(SESSION_KEY)].map((match) => match[1]));
  return mentions.at(-1) ?? "";
}

function isSystem(message: ModelMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

function resultsAfter(messages: readonly ModelMessage[], from: number): ToolResult[] {
  const later = messages.slice(from + 1);
  const calls = later.flatMap((message) => message.toolCalls);
  return later
    .filter((message) => message.role === "tool")
    .map((message) => ({
      name: calls.find((call) => call.id === message.toolCallId)?.name ?? "",
      callId: message.toolCallId ?? "",
      text: message.text,
    }));
}

function readMessage(raw: Record<string, unknown>): ModelMessage {
  const callId = raw.tool_call_id;
  return {
    role: String(raw.role),
    text: getText(raw.content),
    toolCalls: list(raw.tool_calls).map((call) => {
      const called = record(call.function);
      return { id: String(call.id), name: String(called.name), args: parsed(called.arguments) };
    }),
    toolCallId: typeof callId === "string" ? callId : undefined,
  };
}

function getText(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => part.text)
    .filter((text) => typeof text === "string")
    .join("\n");
}

function parsed(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return json;
  }
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
