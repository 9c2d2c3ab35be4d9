import { terminalText } from "../../../registry-helper/internal.ts";
import type { PluginApi } from "../plugin-api.ts";
import { type HostRecord, recordIn, textIn } from "../untyped-fields.ts";

/** A command that somebody typed in a conversation. */
export interface ChatCommandCall {
  /** What stands after the command. */
  readonly args: string;
  /** The name by which it was called, without the slash. */
  readonly word: string;
  readonly sessionKey: string | undefined;
  readonly channel: string;
  /** Who typed it, as the channel names them. */
  readonly sender?: string | undefined;
  /** Whether this person owns the gateway: they may see the work of every conversation. */
  readonly isOwner: boolean;
  /** Whether others read along: a group, a channel, a thread. */
  readonly isShared: boolean;
}

/** A command that the host answers without asking a model. */
export interface ConversationCommand {
  readonly name: string;
  /**
   * The name in menus of channels that have their own commands (Telegram, Discord): a built-in command of the host
   * keeps its name there, and a plugin's of the same name is reported as a conflict.
   */
  readonly menuName: string;
  readonly description: string;
  readonly answer: (call: ChatCommandCall) => Promise<string>;
}

/** Registers a command for authorized senders. A mistake of ours is logged and answered, never thrown. */
export function registerCommand(api: PluginApi, command: ConversationCommand): void {
  const { name, menuName, description } = command;
  api.registerCommand({
    name,
    nativeNames: { default: menuName },
    description,
    acceptsArgs: true,
    requireAuth: true,
    handler: async (ctx) => {
      const record = recordIn(ctx);
      if (record["isAuthorizedSender"] !== true) return { text: "⚠️ You are not authorized to use this command." };
      try {
        return { text: terminalText(await command.answer(readCall(record, name))) };
      } catch (error) {
        api.logger.error(
          `clawtask: /${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        return { text: "⚠️ That did not work; the gateway's log says why." };
      }
    },
  });
}

function readCall(ctx: HostRecord, name: string): ChatCommandCall {
  const sessionKey = textIn(ctx, "sessionKey");
  return {
    args: textIn(ctx, "args") ?? "",
    word: /^\/\s*([\w-]+)/.exec(textIn(ctx, "commandBody") ?? "")?.[1]?.toLowerCase() ?? name,
    sessionKey,
    channel: textIn(ctx, "channel") ?? "a conversation",
    sender: findSender(ctx),
    isOwner: isOwner(ctx),
    isShared: sessionKey !== undefined && /:(group|channel|room|space|thread|topic):/.test(sessionKey),
  };
}

/** Clients of the gateway itself (Control UI, TUI) have scopes in the place of a sender. */
function findSender(ctx: HostRecord): string | undefined {
  const id = textIn(ctx, "senderId");
  if (id !== undefined) return `${textIn(ctx, "channel") ?? "chat"}:${id}`;
  return Array.isArray(ctx["gatewayClientScopes"]) && isOwner(ctx) ? "gateway" : undefined;
}

/**
 * The host tells commands of plugins only whether the sender is let in, not whether they own the gateway. So its own
 * list is read (`commands.ownerAllowFrom`), by its rule: `*` makes nobody an owner. Clients of the gateway itself
 * (Control UI, TUI) come with their scopes.
 */
function isOwner(ctx: HostRecord): boolean {
  const scopes = ctx["gatewayClientScopes"];
  if (Array.isArray(scopes)) return scopes.includes("operator.admin");
  const sender = textIn(ctx, "senderId");
  const channel = textIn(ctx, "channel");
  const owners = recordIn(recordIn(ctx["config"])["commands"])["ownerAllowFrom"];
  if (sender === undefined || !Array.isArray(owners)) return false;
  return owners.some((owner) => {
    const [, prefix, id] = /^(?:([a-z][\w-]*):)?(?:user:)?(.+)$/i.exec(String(owner).trim()) ?? [];
    return id === sender && id !== "*" && (prefix === undefined || prefix.toLowerCase() === channel?.toLowerCase());
  });
}
