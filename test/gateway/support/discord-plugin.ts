import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DISCORD, DISCORD_TOKEN } from "./discord-world.ts";
import type { JsonObject } from "./host-config.ts";
import { changeConfig, type Host } from "./openclaw-host.ts";

const HOST_PACKAGE = fileURLToPath(new URL("../package.json", import.meta.resolve("openclaw")));

/**
 * Installs the host's own Discord package, in the host's version, with the command that a user types. The host
 * trusts it in no other way: a linked folder or a tarball is refused ("only available for trusted plugins"). npm
 * takes the package from its cache after the first time; a test run without a network needs
 * `npm cache add @openclaw/discord@<version>` beforehand. The channel is configured afterwards, since the host
 * takes a configured channel without its package for damage that it has to repair.
 */
export async function installDiscord(host: Host): Promise<void> {
  const { version } = JSON.parse(readFileSync(HOST_PACKAGE, "utf8")) as { version: string };
  await host.cliOrThrow(["plugins", "install", `@openclaw/discord@${version}`, "--force", "--accept-capabilities"]);
  await changeConfig(host, { channels: { discord: discordChannel() } });
}

function discordChannel(): JsonObject {
  return {
    enabled: true,
    token: DISCORD_TOKEN,
    dmPolicy: "allowlist",
    allowFrom: [DISCORD.owner],
    groupPolicy: "allowlist",
    guilds: { [DISCORD.guild]: { requireMention: false, users: [DISCORD.owner] } },
    joinIntro: false,
    voice: { enabled: false },
    commands: { native: false },
  };
}
