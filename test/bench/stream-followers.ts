import { parseMicros } from "../../registry-helper/internal.ts";
import { StreamClient } from "../plugin/control-plane/support/stream-client.ts";

const MESSAGE = /^change (\d+)$/;

/** Many clients of the live streams, WebSockets and event streams mixed, and what they were told by `change-writer.ts`. */
export class StreamFollowers {
  /** From the change to the client, in milliseconds, of every change to every client. */
  readonly latencies: number[] = [];
  private clients: StreamClient[] = [];

  /** @param options.api where `/api` is, with a slash at its end */
  async connect(options: { count: number; api: string; token: string }): Promise<void> {
    const { count, api, token } = options;
    const headers = { authorization: `Bearer ${token}` };
    this.clients = Array.from({ length: count }, (_, number) => {
      const client =
        number % 2 === 0
          ? StreamClient.overWebSocket(`${api.replace("http", "ws")}stream`, { headers })
          : StreamClient.overEvents(`${api}events/stream`, headers);
      client.onMessage = ({ changes = [] }) => {
        const now = Date.now();
        for (const change of changes)
          if (MESSAGE.test(change.message ?? "")) this.latencies.push(now - (parseMicros(change.at) ?? 0) / 1000);
      };
      return client;
    });
    await Promise.all(this.clients.map((client) => client.first("snapshot")));
  }

  /** Waits until each has every change, or was dropped with a reason; then hangs up. */
  async drain(changes: number, deadlineMs: number): Promise<{ faulty: number; dropped: number }> {
    const isDropped = (client: StreamClient): boolean => client.messages.at(-1)?.type === "dropped";
    const last = `change ${changes - 1}`;
    const isDone = (client: StreamClient): boolean => client.changes.at(-1)?.message === last || isDropped(client);
    await Promise.all(this.clients.map((client) => client.until(isDone, deadlineMs)));
    const read = this.clients.filter((client) => !isDropped(client));
    const faulty = read.filter((client) => {
      const numbers = client.changes.flatMap(({ message }) => MESSAGE.exec(message ?? "")?.[1] ?? []).map(Number);
      return numbers.length !== changes || numbers.some((number, index) => number !== index);
    });
    for (const client of this.clients) client.close();
    return { faulty: faulty.length, dropped: this.clients.length - read.length };
  }

  /** Below which so large a share of the latencies is. */
  percentile(share: number): string {
    const sorted = this.latencies.toSorted((one, other) => one - other);
    return `${(sorted[Math.floor(sorted.length * share)] ?? NaN).toFixed(0)} ms`;
  }
}
