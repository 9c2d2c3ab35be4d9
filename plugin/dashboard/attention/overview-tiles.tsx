import type { ReactElement } from "react";
import type { Overview } from "../api/response-types.ts";
import { linkTo } from "../components/router.ts";

interface Tile {
  label: string;
  value: number | undefined;
  href: string;
  tone?: "bad" | "busy";
}

/** The state of everything in five numbers; each leads to what it counts. */
export function OverviewTiles({ overview }: { overview: Overview | undefined }): ReactElement {
  const failed = overview === undefined ? undefined : overview.deliveries.failed + overview.deliveries.ambiguous;
  const tiles: Tile[] = [
    {
      label: "tasks running",
      value: overview?.tasks.running,
      href: linkTo(["tasks"], { status: "running" }),
      tone: "busy",
    },
    { label: "tasks queued", value: overview?.tasks.queued, href: linkTo(["tasks"], { status: "queued" }) },
    {
      label: "runs going on",
      value: overview && (overview.runs.byStatus["running"] ?? 0),
      href: linkTo(["runs"], { status: "running" }),
      tone: "busy",
    },
    { label: "ended today", value: overview?.tasks.endedToday, href: linkTo(["tasks"]) },
    {
      label: "results not delivered",
      value: failed,
      href: linkTo(["health"]),
      ...(failed === 0 ? {} : { tone: "bad" as const }),
    },
  ];
  return (
    <ul className="tiles" aria-label="How it stands">
      {tiles.map(({ label, value, href, tone }) => (
        <li key={label}>
          <a
            className={`tile ${value === undefined || value === 0 || tone === undefined ? "" : `tone-${tone} tile-lit`}`}
            href={href}
          >
            <span className="tile-value">{value ?? "–"}</span>
            <span className="tile-label">{label}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
