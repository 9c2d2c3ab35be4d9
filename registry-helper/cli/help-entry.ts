/** What the help says of one verb. */
export interface HelpEntry {
  summary: string;
  /** Something to paste. */
  examples: readonly string[];
  details?: string;
}
