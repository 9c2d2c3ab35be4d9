import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type FakeDiscord, startFakeDiscord } from "./fake-discord.ts";
import { type FakeTelegram, startFakeTelegram } from "./fake-telegram.ts";
import { merge, type JsonObject } from "./host-config.ts";
import { type Host, startHost } from "./openclaw-host.ts";
import { packPlugin, unpackPlugin } from "./pack.ts";
import { type ScriptedModel, type ScriptedModelOptions, startScriptedModel } from "./scripted-model.ts";
import { RUNTIMES_CONFIG, RUNTIMES_PLUGIN_DIR } from "./scripted-runtimes.ts";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));

/** Options of {@link startStage}. */
export interface StageOptions {
  /** Decides the answer to each request to the model. */
  readonly respond: ScriptedModelOptions["respond"];
  /** Adds a fake Discord besides Telegram. */
  readonly discord?: boolean;
  /** Adds an ACP agent and media tools; commands of the CLI then want `--agent main`. */
  readonly runtimes?: boolean;
  /** Leaves ClawTask out, for tests of the stage itself. */
  readonly bare?: boolean;
  /**
   * Installs the tarball by the host's command, as a user does. Without it the host loads what was unpacked from the
   * tarball, which is the same files and saves the installation's half minute.
   */
  readonly install?: boolean;
  /** Laid over the generated `openclaw.json`. */
  readonly config?: JsonObject;
  /** More environment variables for the gateway and its CLI. */
  readonly env?: Readonly<Record<string, string>>;
  /** ClawTask's own configuration. */
  readonly pluginConfig?: JsonObject;
}

/** Everything that a gateway test plays on, all of it on loopback. */
export interface Stage {
  readonly telegram: FakeTelegram;
  /** An error when the stage was not asked for it. */
  readonly discord: FakeDiscord;
  readonly hasDiscord: boolean;
  readonly model: ScriptedModel;
  readonly host: Host;
  /** Ends all of it, and removes what was packed. */
  close(): Promise<void>;
}

/** Starts a real gateway with ClawTask installed from its tarball, fake channels and a scripted model. */
export async function startStage(asked: StageOptions | StageOptions["respond"]): Promise<Stage> {
  const options = typeof asked === "function" ? { respond: asked } : asked;
  const tarball = options.bare ? undefined : await packPlugin(PACKAGE);
  const telegram = await startFakeTelegram();
  const discord = options.discord ? await startFakeDiscord() : undefined;
  const model = await startScriptedModel({ respond: options.respond });
  const closeAround = async (): Promise<void> => {
    await telegram.close();
    await discord?.close();
    await model.close();
    if (tarball !== undefined) await rm(dirname(tarball), { recursive: true });
  };
  try {
    const host = await startHost({
      model,
      telegram,
      ...(discord && { discord }),
      ...(tarball !== undefined && options.install && { plugin: { id: "clawtask", tarball } }),
      ...(options.env && { env: options.env }),
      pluginDirs: [
        ...(tarball !== undefined && !options.install ? [await unpackPlugin(tarball)] : []),
        ...(options.runtimes ? [RUNTIMES_PLUGIN_DIR] : []),
      ],
      config: [options.runtimes ? RUNTIMES_CONFIG : {}, pluginEntry(options), options.config ?? {}].reduce(merge),
    });
    const close = async (): Promise<void> => {
      await host.dispose();
      await closeAround();
    };
    return {
      telegram,
      get discord() {
        if (!discord) throw new Error("this stage was started without Discord");
        return discord;
      },
      hasDiscord: discord !== undefined,
      model,
      host,
      close,
    };
  } catch (error) {
    await closeAround();
    throw error;
  }
}

/** The entry that lets the host load the plugin, with the plugin's own configuration. */
function pluginEntry({ bare, pluginConfig }: StageOptions): JsonObject {
  if (bare) return {};
  return { plugins: { entries: { clawtask: { enabled: true, ...(pluginConfig && { config: pluginConfig }) } } } };
}
