import { expect, it } from "vitest";
import { readSseEvents } from "../../plugin/dashboard/api/parse-sse.ts";

/** Events of a body that comes in these pieces. */
async function read(...pieces: Uint8Array[]): Promise<unknown[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const events: unknown[] = [];
  for await (const { event, id, data } of readSseEvents(body)) events.push([event, id, data]);
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const TEXT =
  ': ping\n\nevent: changes\nid: e.1\ndata: {"a":\ndata: "ä"}\n\ndata: 2\r\n\r\ndata: 3\r\rdata: unfinished\n';
const EVENTS = [
  ["changes", "e.1", '{"a":\n"ä"}'],
  [undefined, undefined, "2"],
  [undefined, undefined, "3"],
];

it("reads events with every kind of line end; comments and what is unfinished are no events", async () => {
  expect(await read(bytes(TEXT))).toEqual(EVENTS);
});

it("reads the same when every byte comes on its own", async () => {
  expect(await read(...[...bytes(TEXT)].map((byte) => Uint8Array.of(byte)))).toEqual(EVENTS);
});

it("lets go of the body when no further event is read", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes("data: 1\n\ndata: 2\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const { data } of readSseEvents(body)) {
    expect(data).toBe("1");
    break;
  }
  expect(isCancelled).toBe(true);
});
