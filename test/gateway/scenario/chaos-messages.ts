import type { Stage } from "../support/stage.ts";
import { findNames, type Piece, type Place } from "./chaos-pieces.ts";

/** A message that told somebody of a piece of work. */
export interface SeenMessage {
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly place: Place;
  readonly by: "clawtask" | "host";
}

/**
 * The host's own notices about an ACP child ("Background task ready for review: ...") come besides the announcement
 * that carries the result, and name the child only. They tell nothing, so they do not count.
 */
const HOST_NOTICE = /^Background task /;
/** How ClawTask's own messages begin. */
const OURS = /^(✅|⚠️) /;

/**
 * In a direct chat the host puts these words in the place of whatever the agent says about a child that failed. They
 * name nothing; each is taken for the oldest failed child of that chat that it can be about.
 */
const FAILED_IN_DIRECT_CHAT = /^A delegated task failed before it could report a result/;

/**
 * Every message that names a piece of work and stands before a person: what the agent says when it is asked for the
 * work names nothing, and the host's words about commands that ended do not either.
 */
export function findMessages(stage: Stage, name: string): SeenMessage[] {
  return messages(stage).filter(({ text }) => !HOST_NOTICE.test(text) && findNames(text).includes(name));
}

/** The host's nameless words about children that failed, oldest first. */
export function findAnonymousMessages(stage: Stage): SeenMessage[] {
  return messages(stage).filter(({ text }) => FAILED_IN_DIRECT_CHAT.test(text));
}

function messages(stage: Stage): SeenMessage[] {
  const inTelegram = stage.telegram.sent.map(({ chatId, threadId, ...message }) => ({
    ...message,
    place: telegramPlace(chatId, threadId),
  }));
  const inDiscord = (stage.hasDiscord ? stage.discord.sent : []).map(({ channelId, ...message }) => ({
    ...message,
    place: { channel: "discord", channelId } as const,
  }));
  return [...inTelegram, ...inDiscord]
    .filter(({ deleted }) => !deleted)
    .map(({ text, at, place }) => ({ text, at, place, by: OURS.test(text) ? "clawtask" : "host" }));
}

function telegramPlace(chatId: string, threadId: number | undefined): Place {
  return { channel: "telegram", chatId, ...(threadId === undefined ? {} : { threadId }) };
}

/** Whether a message went to where the work was asked for. */
export function isInPlace({ place }: SeenMessage, piece: Piece): boolean {
  if (place.channel === "telegram" && piece.place.channel === "telegram")
    return place.chatId === piece.place.chatId && place.threadId === piece.place.threadId;
  return place.channel === "discord" && piece.place.channel === "discord" && place.channelId === piece.place.channelId;
}
