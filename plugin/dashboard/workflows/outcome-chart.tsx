import { type ReactElement, useMemo } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import type { RunRow } from "../api/response-types.ts";
import { createAxes, Chart } from "./chart.tsx";

const DAY_S = 86_400;
const MIN_DAYS = 12;
const bars = uPlot.paths.bars?.({ size: [0.7, 34] });

/** Completed and failed runs of each day, one above the other. */
export function OutcomeChart({ runs }: { runs: readonly RunRow[] }): ReactElement {
  const days = useMemo(() => byDay(runs), [runs]);
  const data = useMemo<AlignedData>(
    () => [
      days.map(({ day }) => day),
      days.map(({ completed, failed }) => completed + failed),
      days.map(({ failed }) => failed),
    ],
    [days],
  );
  const getOptions = useMemo(() => createOptions(days), [days]);
  const completed = days.reduce((sum, day) => sum + day.completed, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  if (days.length === 0) return <p className="dim">No run has ended yet.</p>;
  return (
    <>
      <Chart
        data={data}
        getOptions={getOptions}
        summary={`${completed} runs completed and ${failed} failed on ${days.length} days`}
      />
      <p className="chart-key">
        <span>
          <i className="rate-good" /> {completed} completed
        </span>
        <span>
          <i className="rate-bad" /> {failed} failed
        </span>
      </p>
    </>
  );
}

function createOptions(days: readonly { day: number }[]) {
  const drawn = bars === undefined ? {} : { paths: bars };
  const first = days[0]?.day ?? 0;
  const last = days.at(-1)?.day ?? 0;
  return (colour: (name: string) => string): Omit<Options, "width" | "height"> => ({
    legend: { show: false },
    cursor: { show: false },
    axes: createAxes(colour, { text: String, steps: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] }),
    scales: {
      y: { range: (_plot, _min, max) => [0, Math.max(1, max)] },
      // Fewer days than this would be drawn as slabs.
      x: { range: () => [Math.min(first, last - MIN_DAYS * DAY_S) - DAY_S, last + DAY_S] },
    },
    series: [
      {},
      { ...drawn, fill: colour("good"), stroke: colour("good"), width: 0, points: { show: false } },
      { ...drawn, fill: colour("bad"), stroke: colour("bad"), width: 0, points: { show: false } },
    ],
  });
}

function byDay(runs: readonly RunRow[]): { day: number; completed: number; failed: number }[] {
  const days = new Map<number, { day: number; completed: number; failed: number }>();
  for (const { status, endedAt, updatedAt } of runs) {
    if (status !== "completed" && status !== "failed") continue;
    const at = Date.parse(endedAt ?? updatedAt ?? "") / 1_000;
    if (Number.isNaN(at)) continue;
    const day = new Date(at * 1_000).setHours(0, 0, 0, 0) / 1_000;
    const found = days.get(day) ?? { day, completed: 0, failed: 0 };
    found[status] += 1;
    days.set(day, found);
  }
  return [...days.values()].sort((one, other) => one.day - other.day);
}
