/** How people, agents and programs reach the ledger through the gateway. Wiring only. */
import type { EventOrigin, VerifiedSender } from "../registry-helper/internal.ts";
import { forwardCommand } from "./cli/forward-command.ts";
import { agentTools } from "./conversation/agent-tools.ts";
import { handleRunCommand } from "./conversation/run-command.ts";
import { handleTasksCommand } from "./conversation/tasks-command.ts";
import { formatPerson, toVerifiedSender } from "./host/gateway-access.ts";
import type { PluginApi } from "./host/plugin-api.ts";
import { registerCli } from "./host/register/register-cli.ts";
import { type ChatCommandCall, registerCommand } from "./host/register/register-command.ts";
import { registerControlUiTab, type HttpMount, registerHttpRoutes } from "./host/register/register-http-routes.ts";
import { registerMethods } from "./host/register/register-methods.ts";
import { registerTools } from "./host/register/register-tools.ts";
import { currentAccess } from "./host/request-access.ts";
import { callAs, type OperationCaller } from "./operations/operation-caller.ts";
import type { Recorder } from "./recorder/recorder.ts";
import { gatewayMethods } from "./rpc/methods.ts";
import { pluginStatus } from "./rpc/plugin-status.ts";

/** The commands of `clawtask` under `openclaw`: all that the host asks for when it only prepares its command line. */
export function registerCliCommands(api: PluginApi): void {
  registerCli(api, {
    name: "clawtask",
    description: "Workflow runs and the task ledger (ClawTask)",
    run: forwardCommand,
  });
}

/** Slash command, agent tools and gateway methods. The recorder is asked for at each call: it starts later. */
export function registerSurfaces(
  api: PluginApi,
  recorder: () => Recorder | undefined,
  onControl: (runId: string) => void,
): void {
  const call: OperationCaller = (name, input, actor, origin) =>
    recorder()?.call(name, input, actor, origin) ?? Promise.resolve(NOT_RUNNING);
  registerCommand(api, {
    name: "tasks",
    menuName: "jobs",
    description: "Background work: list, show, cancel, notify",
    answer: (command) =>
      handleTasksCommand(command, callAs(`/${command.word} in ${command.channel}`, call, toChatOrigin(command))),
  });
  registerCommand(api, {
    name: "run",
    menuName: "run",
    description: "Workflow runs: list, show, approve, reject, pause, resume, cancel",
    answer: (command) =>
      handleRunCommand(command, {
        call: callAs(`/run in ${command.channel}`, call, toChatOrigin(command)),
        onControl: (runId) => onControl(runId),
      }),
  });
  registerTools(api, agentTools(call));
  registerMethods(
    api,
    gatewayMethods({
      call: (name, input) => {
        const access = currentAccess();
        const sender = toVerifiedSender(access);
        const origin = { via: "gateway", ...(sender === undefined ? {} : { sender }) } as const;
        return call(name, input, formatPerson(access) ?? "gateway method", origin);
      },
      status: () => {
        const root = recorder()?.root;
        return Promise.resolve(root === undefined ? { ok: false, ...NOT_RUNNING } : pluginStatus(root));
      },
    }),
  );
}

function toChatOrigin(command: ChatCommandCall): EventOrigin {
  const { sessionKey, sender } = command;
  return {
    via: "chat",
    ...(sessionKey === undefined ? {} : { session: sessionKey }),
    ...(sender === undefined ? {} : { sender: { id: sender, role: senderRole(command) } }),
  };
}

/** In a direct chat the other side is the requester of what the chat has asked for; it sees nothing else. */
function senderRole({ isOwner, isShared }: ChatCommandCall): VerifiedSender["role"] {
  if (isOwner) return "owner";
  return isShared ? "member" : "requester";
}

/** The control plane under the gateway's own authentication, and its tab in the Control UI. */
export function registerControlPlane(api: PluginApi, getMount: () => HttpMount | undefined): void {
  registerHttpRoutes(api, getMount);
  registerControlUiTab(api);
}

const NOT_RUNNING = {
  error: {
    code: "not_running",
    message: "ClawTask runs in the gateway, and this is none",
    next: "openclaw gateway run",
  },
} as const;
