import { DISCORD } from "../support/discord-world.ts";
import { OWNER_ID } from "../support/openclaw-host.ts";
import type { Place } from "./chaos-pieces.ts";

/** Who asks for the work, in what kind of conversation. */
export type PlaceName = "direct" | "group" | "topic" | "channel" | "thread";
/** What is asked for. */
export type WorkName =
  | "spawn"
  | "visible"
  | "nested"
  | "private"
  | "acp"
  | "exec"
  | "image"
  | "cron"
  | "cron-silent"
  | "cron-failed"
  | "cli"
  | "run-end"
  | "question";
/** What goes wrong at the moment at which the work ends. */
export type FaultName =
  | "fine"
  | "403"
  | "500"
  | "down"
  | "hang"
  | "lost-answer"
  | "kill-before"
  | "kill-during"
  | "kill-after"
  | "busy"
  | "reset";

/** One piece of work in one place, under one fault. */
export interface Cell {
  /** Stands in its label, its task and its result. */
  readonly id: string;
  readonly place: PlaceName;
  readonly work: WorkName;
  readonly fault: FaultName;
  readonly where: Place;
}

export type MatrixForm = "short" | "long";

const WORK: Readonly<Record<MatrixForm, Readonly<Partial<Record<PlaceName, readonly WorkName[]>>>>> = {
  short: { direct: ["spawn"], group: ["spawn", "visible", "exec", "run-end", "question"], topic: ["private"] },
  long: {
    direct: ["spawn", "visible", "nested", "private", "exec", "image", "run-end", "question"],
    group: [
      ...["spawn", "visible", "nested", "private", "acp", "exec", "image"],
      ...["cron", "cron-silent", "cron-failed", "cli", "run-end", "question"],
    ] as WorkName[],
    topic: ["spawn", "visible", "private", "exec"],
    channel: ["spawn", "visible", "private", "exec", "cron", "run-end", "question"],
    thread: ["spawn", "exec"],
  },
};
const FAULTS: Readonly<Record<MatrixForm, readonly FaultName[]>> = {
  short: ["down", "lost-answer"],
  long: [
    "fine",
    "403",
    "500",
    "down",
    "hang",
    "lost-answer",
    "kill-before",
    "kill-during",
    "kill-after",
    "busy",
    "reset",
  ],
};
const GENERAL: Place = { channel: "discord", channelId: DISCORD.channel };
/** A topic of a group of its own, so that each cell's messages stand apart. */
const TOPIC_ID = 77;
const ID = /\bm\d\d\d\b/;

/** The first cell that a text names. */
export const findCell = (text: string): string | undefined => ID.exec(text)?.[0];
/** What the work of a cell gives. */
export const resultOf = (id: string): string => `the result of ${id} is complete`;
/** The name of the work that a nested child starts itself. */
export const belowOf = (id: string): string => `below-${id.slice(1)}`;

/**
 * The cells of a form, one round for each fault.
 *
 * @param only names of faults to play; all of the form without it
 */
export function matrixRounds(form: MatrixForm, only?: readonly string[]): Cell[][] {
  let count = 0;
  const cells = (fault: FaultName): Cell[] =>
    Object.entries(WORK[form]).flatMap(([place, works]) =>
      works.map((work): Cell => {
        const id = `m${String(++count).padStart(3, "0")}`;
        // A job comes to a channel in which nobody has said anything.
        const where = work.startsWith("cron") && place === "channel" ? GENERAL : whereIs(place as PlaceName, count);
        return { id, fault, work, place: place as PlaceName, where };
      }),
    );
  return FAULTS[form].filter((fault) => only?.includes(fault) ?? true).map(cells);
}

/** Each cell has a chat of its own, but in the one direct chat. */
function whereIs(place: PlaceName, count: number): Place {
  switch (place) {
    case "direct":
      return { channel: "telegram", chatId: OWNER_ID };
    case "group":
      return { channel: "telegram", chatId: String(-7000 - count) };
    case "topic":
      return { channel: "telegram", chatId: String(-7000 - count), threadId: TOPIC_ID };
    case "channel":
      return { channel: "discord", channelId: String(230000000000000000n + BigInt(count)) };
    case "thread":
      return {
        channel: "discord",
        channelId: String(240000000000000000n + BigInt(count)),
        parentChannelId: DISCORD.channel,
      };
  }
}
