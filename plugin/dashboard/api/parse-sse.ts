/** One event of a server-sent stream. */
export interface ServerEvent {
  event: string;
  id: string | null;
  data: string;
}

/**
 * Reads server-sent events from a fetched body. `EventSource` cannot send a token, and a frame without an origin may
 * not use it.
 */
export async function* readSseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Undefined for a comment, which keeps a quiet line open. */
function parseEvent(block: string): ServerEvent | undefined {
  const event: ServerEvent = { event: "message", id: null, data: "" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event.event = value;
    else if (name === "id") event.id = value;
    else if (name === "data") data.push(value);
  }
  if (data.length === 0) return undefined;
  event.data = data.join("\n");
  return event;
}
