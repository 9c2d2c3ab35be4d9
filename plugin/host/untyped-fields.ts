/**
 * The host's events are another program's data: nothing about their shape is taken for granted. Each
 * reader gives the value when it is of the expected kind, else undefined.
 */
export type HostRecord = Readonly<Record<string, unknown>>;

export function recordIn(value: unknown): HostRecord {
  return typeof value === "object" && value !== null ? (value as HostRecord) : {};
}

export function textIn(record: HostRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberIn(record: HostRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function flagIn(record: HostRecord, key: string): boolean | undefined {
  const value = record[key];
  return typeof value === "boolean" ? value : undefined;
}

/** The object without keys whose value is undefined. */
export function withoutGaps<Shape extends object>(
  shape: Shape,
): { [Key in keyof Shape]: Exclude<Shape[Key], undefined> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;
}
