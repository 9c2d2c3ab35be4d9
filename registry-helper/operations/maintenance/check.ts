/** One thing that doctor looked at. `fix` is set when it is not well. */
export interface Check {
  check: string;
  ok: boolean;
  found: string;
  fix?: string;
}
