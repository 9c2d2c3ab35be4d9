import { type ReactElement, useMemo } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import type { RunRow } from "../api/answers.ts";
import { axesOf, Chart } from "./chart.tsx";

const DAY_S = 86_400;
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
  const completed = days.reduce((sum, day) => sum + day.completed, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  if (days.length === 0) return <p className="dim">No run has ended yet.</p>;
  return (
    <>
      <Chart
        data={data}
        optionsOf={optionsOf}
        summary={`${completed} runs completed and ${failed} failed on ${days.length} days`}
      />
      <p className="chart-key">
        <i className="rate-good" /> {completed} completed <i className="rate-bad" /> {failed} failed
      </p>
    </>
  );
}

function optionsOf(colour: (name: string) => string): Omit<Options, "width" | "height"> {
  const drawn = bars === undefined ? {} : { paths: bars };
  return {
    legend: { show: false },
    cursor: { show: false },
    axes: axesOf(colour, { text: String, steps: [1, 2, 5, 10, 20, 50, 100, 1_000] }),
    scales: {
      y: { range: (_plot, _min, max) => [0, Math.max(1, max)] },
      x: { range: (_plot, min, max) => [min - DAY_S, max + DAY_S] },
    },
    series: [
      {},
      { ...drawn, fill: colour("good"), stroke: colour("good"), width: 0, points: { show: false } },
      { ...drawn, fill: colour("bad"), stroke: colour("bad"), width: 0, points: { show: false } },
    ],
  };
}

function byDay(runs: readonly RunRow[]): { day: number; completed: number; failed: number }[] {
  const days = new Map<number, { day: number; completed: number; failed: number }>();
  for (const { status, endedAt, updatedAt } of runs) {
    if (status !== "completed" && status !== "failed") continue;
    const at = Date.parse(endedAt ?? updatedAt ?? "") / 1_000;
    if (Number.isNaN(at)) continue;
    const day = Math.floor(at / DAY_S) * DAY_S;
    const found = days.get(day) ?? { day, completed: 0, failed: 0 };
    found[status] += 1;
    days.set(day, found);
  }
  return [...days.values()].sort((one, other) => one.day - other.day);
}
