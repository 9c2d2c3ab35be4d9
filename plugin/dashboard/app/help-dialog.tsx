import type { ReactElement } from "react";
import { Dialog } from "../design/dialog.tsx";
import { Kbd } from "../design/kbd.tsx";
import "./help-dialog.css";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["j", "next in the list"],
  ["k", "previous in the list"],
  ["Enter", "open"],
  ["Esc", "close, leave the search"],
  ["g a", "what needs somebody"],
  ["g t", "tasks"],
  ["g r", "runs"],
  ["g f", "flows"],
  ["g w", "workflows"],
  ["g h", "health"],
  ["?", "this help"],
];

export function HelpDialog({ onClose }: { onClose: () => void }): ReactElement {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="help-keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <Kbd keys={keys} />
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="help-note dim">
        Everything here is also on the command line: <code>clawtask --help</code>. Every view and filter has its own
        address, to be kept or passed on.
      </p>
    </Dialog>
  );
}
