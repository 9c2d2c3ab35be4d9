import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { listenOnLoopback, readBody } from "./loopback-server.ts";
import { readModelRequest, type ModelRequest } from "./model-request.ts";

export type { ModelMessage, ModelRequest, ToolResult, TurnKind } from "./model-request.ts";

/** What the model answers; `delayMs` is the time that it thinks first, in milliseconds. */
export type ModelReply = { readonly delayMs?: number } & (
  | { readonly text: string }
  | { readonly toolCalls: readonly { readonly name: string; readonly args: unknown }[] }
  | { readonly error: { readonly status: number; readonly message: string } }
);

/** Options of {@link startScriptedModel}. */
export interface ScriptedModelOptions {
  /** Decides the answer to each request. The host retries a status of 500 and above for a minute and a half; 400 fails at once. */
  readonly respond: (request: ModelRequest) => ModelReply | Promise<ModelReply>;
}

/** A model provider whose answers a test decides. */
export interface ScriptedModel {
  /** For `models.providers.<id>.baseUrl`. */
  readonly baseUrl: string;
  /** Every request so far. */
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** Name of the one model on offer. */
export const MODEL_ID = "scripted-1";
/** Tokens that every answer claims to have cost. */
const USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

/** Starts a server that speaks OpenAI's chat completions, streaming and not. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const closing = new AbortController();
  const server = await listenOnLoopback(async (request, response) => {
    if (request.method === "GET")
      return json(response, 200, { object: "list", data: [{ id: MODEL_ID, object: "model" }] });
    const body = JSON.parse(await readBody(request)) as Record<string, unknown>;
    const asked = readModelRequest(body, requests.length);
    requests.push(asked);
    const reply = await options.respond(asked);
    if (reply.delayMs) await pause(reply.delayMs, undefined, { signal: closing.signal }).catch(() => undefined);
    if ("error" in reply)
      return json(response, reply.error.status, { error: { message: reply.error.message, type: "scripted_error" } });
    if (asked.stream) stream(response, reply);
    else
      json(
        response,
        200,
        completion("chat.completion", { message: { role: "assistant", ...content(reply) } }, finish(reply)),
      );
  });
  return {
    baseUrl: `${server.url}/v1`,
    requests,
    async close() {
      closing.abort();
      await server.close();
    },
  };
}

type Answer = Exclude<ModelReply, { error: unknown }>;

function content(reply: Answer): object {
  if ("text" in reply) return { content: reply.text };
  return {
    content: null,
    tool_calls: reply.toolCalls.map(({ name, args }, index) => ({
      index,
      id: `call${randomUUID().replaceAll("-", "")}`,
      type: "function",
      function: { name, arguments: JSON.stringify(args) },
    })),
  };
}

function finish(reply: Answer): string {
  return "text" in reply ? "stop" : "tool_calls";
}

function completion(object: string, choice: object, finishReason: string | null): object {
  return {
    id: `chatcmpl-${randomUUID()}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: MODEL_ID,
    choices: [{ index: 0, ...choice, finish_reason: finishReason }],
    usage: USAGE,
  };
}

function stream(response: ServerResponse, reply: Answer): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const chunk = (delta: object, finishReason: string | null): void => {
    response.write(`data: ${JSON.stringify(completion("chat.completion.chunk", { delta }, finishReason))}\n\n`);
  };
  chunk({ role: "assistant", ...content(reply) }, null);
  chunk({}, finish(reply));
  response.end("data: [DONE]\n\n");
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
