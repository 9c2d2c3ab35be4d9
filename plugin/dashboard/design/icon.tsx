import type { ReactElement } from "react";

/** Line drawings of our own on a 16 x 16 grid. */
const PATHS = {
  attention: "M8 2.2a4 4 0 0 0-4 4v2.3L2.8 11h10.4L12 8.5V6.2a4 4 0 0 0-4-4ZM6.5 13.3h3",
  tasks: "M2.5 4.2 3.6 5.3 5.6 3M2.5 10.2l1.1 1.1 2-2.3M8 4.3h5.5M8 10.3h5.5",
  runs: "M3 3.5h3v3H3zM10 3.5h3v3h-3zM6.5 10h3v3h-3zM4.5 6.5V8H8v2M11.5 6.5V8H8",
  flows: "M2.5 4.5h6a2.5 2.5 0 0 1 0 5h-1a2 2 0 0 0 0 4h6M11.5 11.5l2 2-2 2",
  workflows: "M3 2.5h7l3 3v8H3zM9.8 2.7v3h3M5.5 8.5h5M5.5 11h3.5",
  health: "M1.5 8.5h3l1.8-5 3 9 1.9-4h3.3",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4l3.1 3.1",
  copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
  check: "M3 8.5 6.3 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  chevron: "M6 3.5 10.5 8 6 12.5",
  back: "M10 3.5 5.5 8l4.5 4.5",
  help: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM6.2 6.2c.2-1 .9-1.5 1.9-1.5 1.1 0 1.9.6 1.9 1.6 0 1.4-1.9 1.5-1.9 2.9M8 11.3v.1",
  fork: "M4.5 2.5v11M4.5 9.5c0-2.5 7-1.5 7-5M11.5 4.5v-2M9.5 4l2-2 2 2",
  compare: "M3 3h4v10H3zM9 3h4v10H9z",
  play: "M5 3.2v9.6L12.5 8z",
  pause: "M5.2 3.5v9M10.8 3.5v9",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  skip: "M4 3.5 9.5 8 4 12.5zM12 3.5v9",
  stop: "M4 4h8v8H4z",
  link: "M6.5 9.5l3-3M7 4.5l1.3-1.3a2.9 2.9 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.3 1.3a2.9 2.9 0 0 1-4.5-4.5L4.5 7",
  warning: "M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.3v.1",
  external: "M9.5 2.5h4v4M13.5 2.5 8 8M11.5 9.5v4h-9v-9h4",
  clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2ZM8 4.8V8l2.2 1.5",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  file: "M4 2.5h5l3 3v8H4zM8.8 2.7v3h3",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
} as const;
export type IconName = keyof typeof PATHS;

/** Decoration only: whoever uses it says in words what it means. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactElement {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
