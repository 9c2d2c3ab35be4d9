/**
 * The house: imports point down only (docs/architecture.md). Each rule names a layer and what it must not reach.
 */
const rule = (name, from, to, comment) => ({
  name,
  severity: "error",
  comment,
  from: typeof from === "string" ? { path: from } : from,
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    rule("helper-knows-no-plugin", "^registry-helper/", "^(plugin|test)/", "The helper is the bottom of the house."),
    rule("helper-knows-no-openclaw", "^registry-helper/", "(^|/)openclaw($|/)", "The registry works without OpenClaw."),
    rule(
      "model-has-no-io",
      "^registry-helper/model/",
      "^registry-helper/(?!model/)|^(node:)?(fs|net|http|child_process|os)(/|$)",
      "The contract is pure.",
    ),
    rule(
      "decisions-are-pure",
      "^registry-helper/(run|task|flow|delivery)/",
      "^registry-helper/(journal|views|cli|[a-z-]+\\.ts)(?!.*aggregate)|^(node:)?(fs|net|http|child_process|os)(/|$)",
      "decide and evolve do no I/O; they know the model and each other.",
    ),
    rule(
      "journal-below-views",
      "^registry-helper/journal/",
      "^registry-helper/(views|cli|workflow)/",
      "Writing does not depend on reading.",
    ),
    rule("views-below-cli", "^registry-helper/views/", "^registry-helper/cli/", "Lists do not know who asks."),
    rule(
      "only-cli-knows-cli",
      { path: "^registry-helper/", pathNot: "^registry-helper/(cli|build)/" },
      "^registry-helper/cli/",
      "The library has no command line.",
    ),
    rule(
      "openclaw-only-in-host",
      { path: "^plugin/", pathNot: "^plugin/(host/|build/)" },
      "(^|node_modules/)openclaw($|/)",
      "One folder that an OpenClaw release can break.",
    ),
    rule(
      "only-index-wires-host",
      "^plugin/(recorder|delivery|phases|reconcile)/",
      "^plugin/(index\\.ts|cli/)",
      "Entry files wire; nobody imports them.",
    ),
    {
      ...rule(
        "dashboard-stands-alone",
        "^plugin/dashboard/",
        "^(registry-helper|plugin/(?!dashboard/))",
        "The browser app speaks HTTP; of the rest it takes types.",
      ),
      to: { path: "^(registry-helper|plugin/(?!dashboard/))", dependencyTypesNot: ["type-only"] },
    },
    rule(
      "nobody-imports-the-dashboard",
      { path: "^(registry-helper|plugin)/", pathNot: "^plugin/dashboard/" },
      "^plugin/dashboard/",
      "It is built into files that are served.",
    ),
    rule(
      "production-knows-no-tests",
      { path: "^(registry-helper|plugin)/" },
      "^test/",
      "Tests mirror the tree from outside.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.generated\\." },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
