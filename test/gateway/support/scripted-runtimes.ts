import { fileURLToPath } from "node:url";
import { type JsonObject } from "./host-config.ts";

/** Folder of the fixture plugin with the ACP backend and the media providers. */
export const RUNTIMES_PLUGIN_DIR = fileURLToPath(new URL("../fixtures/scripted-runtimes", import.meta.url));
/** Name of both the ACP backend and the media providers. */
const SCRIPTED = "scripted";

/** The agent whose turns the scripted ACP backend plays; for `sessions_spawn`'s `agentId`. */
export const ACP_AGENT = "fake";

/**
 * What `openclaw.json` needs for detached work besides subagents: an ACP agent, and media tools. Agents stand
 * here by name, so that many commands of the CLI want `--agent`.
 */
export const RUNTIMES_CONFIG: JsonObject = {
  acp: { enabled: true, backend: SCRIPTED, defaultAgent: ACP_AGENT, allowedAgents: [ACP_AGENT] },
  agents: {
    ownership: "explicit",
    defaults: {
      systemAgent: { agentId: "main" },
      heartbeat: { agentId: "main" },
      mediaModels: {
        image: `${SCRIPTED}/scripted-1`,
        video: `${SCRIPTED}/scripted-1`,
        music: `${SCRIPTED}/scripted-1`,
      },
    },
    entries: {
      main: {},
      [ACP_AGENT]: { runtime: { type: "acp", acp: { agent: ACP_AGENT, backend: SCRIPTED, mode: "oneshot" } } },
    },
  },
  plugins: { entries: { "scripted-runtimes": { enabled: true } } },
};
