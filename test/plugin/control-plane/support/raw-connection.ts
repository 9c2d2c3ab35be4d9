import { connect } from "node:net";

/** Sends bytes as they are, and returns all that came back until the server hung up. */
export function sendRaw(port: number, pieces: readonly (string | Buffer)[], { ends = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      for (const piece of pieces) socket.write(piece);
      if (ends) socket.end();
    });
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    // A server that has seen enough may reset the connection.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

export const parseStatus = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
