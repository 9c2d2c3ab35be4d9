import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type FakeTelegram, startFakeTelegram } from "./fake-telegram.ts";
import { type Host, startHost } from "./openclaw-host.ts";
import { packPlugin } from "./pack.ts";
import { type ScriptedModelOptions, startScriptedModel } from "./scripted-model.ts";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));

/** Everything that a gateway test plays on, all of it on loopback. */
export interface Stage {
  readonly telegram: FakeTelegram;
  readonly host: Host;
  /** Ends all of it, and removes what was packed. */
  close(): Promise<void>;
}

/** Starts a real gateway with ClawTask installed from its tarball, a fake Telegram and a scripted model. */
export async function startStage(respond: ScriptedModelOptions["respond"]): Promise<Stage> {
  const tarball = await packPlugin(PACKAGE);
  const telegram = await startFakeTelegram();
  const model = await startScriptedModel({ respond });
  const closeAround = async (): Promise<void> => {
    await telegram.close();
    await model.close();
    await rm(dirname(tarball), { recursive: true });
  };
  try {
    const host = await startHost({ model, telegram, plugin: { id: "clawtask", tarball } });
    const close = async (): Promise<void> => {
      await host.dispose();
      await closeAround();
    };
    return { telegram, host, close };
  } catch (error) {
    await closeAround();
    throw error;
  }
}
