import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { DISCORD, type DiscordObject, type DiscordWorld, newSnowflake } from "./discord-world.ts";

/** Numbers of the gateway's messages. */
const OP = { dispatch: 0, heartbeat: 1, identify: 2, resume: 6, hello: 10, heartbeatAck: 11 } as const;
/** How often the host is asked for a sign of life; longer than any test. */
const HEARTBEAT_EVERY_MS = 41_250;

/** Discord's WebSocket side: tells the host what people write, at once or as soon as it is connected. */
export class DiscordGateway {
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly ready = new Set<WebSocket>();
  private readonly waiting: { name: string; data: DiscordObject }[] = [];
  private readonly world: DiscordWorld;
  private lastSeq = 0;

  constructor(world: DiscordWorld) {
    this.world = world;
  }

  /** Takes over an HTTP connection that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.handleUpgrade(request, socket, head, (client) => this.serve(client, request));
  }

  /** Tells of something; waits for the host when it is not connected. */
  dispatch(name: string, data: DiscordObject): void {
    if (this.ready.size === 0) this.waiting.push({ name, data });
    for (const client of this.ready) this.notify(client, name, data);
  }

  /** Whether the host is connected and listens. */
  get connected(): boolean {
    return this.ready.size > 0;
  }

  /** Breaks every connection. */
  drop(): void {
    this.ready.clear();
    for (const client of this.sockets.clients) client.terminate();
  }

  private serve(client: WebSocket, request: IncomingMessage): void {
    const origin = `ws://${request.headers.host ?? "127.0.0.1"}`;
    client.on("close", () => this.ready.delete(client));
    client.on("message", (raw) => {
      const { op } = JSON.parse((raw as Buffer).toString("utf8")) as { op: number };
      if (op === OP.heartbeat) send(client, { op: OP.heartbeatAck });
      if (op === OP.identify) this.identified(client, origin);
      if (op === OP.resume) this.listens(client, "RESUMED", {});
    });
    send(client, { op: OP.hello, d: { heartbeat_interval: HEARTBEAT_EVERY_MS } });
  }

  private identified(client: WebSocket, origin: string): void {
    this.notify(client, "READY", {
      v: 10,
      user: this.world.bot,
      guilds: [{ id: DISCORD.guild, unavailable: true }],
      session_id: newSnowflake(),
      resume_gateway_url: origin,
      application: { id: DISCORD.application, flags: 0 },
    });
    this.listens(client, "GUILD_CREATE", this.world.guildCreate());
  }

  private listens(client: WebSocket, name: string, data: DiscordObject): void {
    this.notify(client, name, data);
    this.ready.add(client);
    for (const late of this.waiting.splice(0)) this.notify(client, late.name, late.data);
  }

  private notify(client: WebSocket, name: string, data: DiscordObject): void {
    send(client, { op: OP.dispatch, t: name, s: ++this.lastSeq, d: data });
  }
}

function send(client: WebSocket, payload: DiscordObject): void {
  client.send(JSON.stringify(payload));
}
