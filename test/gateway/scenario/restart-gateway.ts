import type { Host } from "../support/openclaw-host.ts";
import { until } from "../support/until.ts";

const START_MS = 90_000;
/** The host says either of Telegram once its channels have had their turn. */
const TELEGRAM_IS_UP = /\[telegram\].*(starting provider|autostart suppressed)/;
const CHANNEL_REFUSED = /refusing automatic start for (\w+)/g;

/** Starts a gateway again, and waits for its channels. */
export async function restartGateway(host: Host): Promise<void> {
  const before = (await host.log()).length;
  await host.restart();
  await until(async () => TELEGRAM_IS_UP.test((await host.log()).slice(before)), {
    what: "word of the channels",
    deadlineMs: START_MS,
    everyMs: 250,
  });
  // After three crashes in short order the host starts no channel by itself; a person does what its log says.
  const refused = (await host.log()).slice(before).matchAll(CHANNEL_REFUSED);
  for (const channel of new Set([...refused].map((match) => match[1])))
    await host.cliOrThrow(["gateway", "call", "channels.start", "--params", JSON.stringify({ channel })]);
}
