import { setTimeout as pause } from "node:timers/promises";
import { HostRefusal, HostSession, NotAdmitted } from "./host-session.ts";

/** Milliseconds for which "not now" is answered by asking again: a gateway breaks off every ten seconds when it stalls. */
const RETRY_MS = 90_000;
const RETRY_EVERY_MS = 250;

/** One connection to the gateway for everything that a test asks of it, made at the first question after each start. */
export class HostConnection {
  private readonly address: { readonly url: string; readonly token: string };
  private session: HostSession | undefined;

  constructor({ port, token }: { readonly port: number; readonly token: string }) {
    this.address = { url: `ws://127.0.0.1:${port}`, token };
  }

  /**
   * Fails at once when the gateway is not there, or goes before it has answered; a later question may find it again.
   *
   * @throws HostRefusal when the gateway says no
   */
  async ask(method: string, params: object = {}): Promise<unknown> {
    const deadline = performance.now() + RETRY_MS;
    for (;;) {
      try {
        if (this.session === undefined || this.session.isOver) this.session = new HostSession(this.address);
        return await this.session.request(method, params);
      } catch (error) {
        const mayComeBack = error instanceof NotAdmitted || (error instanceof HostRefusal && error.isTemporary);
        if (!mayComeBack || performance.now() > deadline) throw error;
        await pause(RETRY_EVERY_MS);
      }
    }
  }

  close(): void {
    this.session?.close();
  }
}
