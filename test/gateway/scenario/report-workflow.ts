/** The workflow that the scripted agent writes into the registry. */
export const WORKFLOW_PATH = "workflows/city-report.task.md";

export const WORKFLOW_TEXT = `---
workflowId: city-report
title: Report on a city
nodes:
  - id: collect
    title: Collect the facts
    kind: session_turn
    prompt: Find population, area and three sights.
    outputs: { mode: report }
  - id: check-facts
    title: Check the facts
    kind: subagent
    needs: [collect]
    prompt: Check every figure of the collected facts.
    outputs: { mode: report }
  - id: check-style
    title: Check the style
    kind: subagent
    needs: [collect]
    prompt: Say what reads badly.
    outputs: { mode: report }
  - id: wrap-up
    title: Final report
    kind: summary
    needs: [check-facts, check-style]
    prompt: Put everything together for the person.
    outputs: { mode: report }
---

Two reviewers look at the facts and at the style, side by side.
`;

export const REVIEWERS = ["check-facts", "check-style"] as const;
