/**
 * The layers: imports point down only (docs/architecture.md). Each rule names a layer and what it must not reach.
 * `test/lint/layers.test.ts` plants one forbidden import for each rule and expects the rule to report it.
 */
const rule = (name, from, to, comment) => ({
  name,
  severity: "error",
  comment,
  from: typeof from === "string" ? { path: from } : from,
  to: typeof to === "string" ? { path: to } : to,
});

/** Lowest first: a layer may import itself and what is before it. */
const HELPER_LAYERS = ["model", "domain", "storage", "registry", "views", "operations", "api", "cli"];
const CONTROL_PLANE_LAYERS = ["contract", "handlers", "api"];
const SERVER_LAYERS = ["http", "auth", "worker", "stream", "request-handler\\.ts"];
const IO = "^(node:)?(fs|net|http|https|child_process|os|worker_threads|sqlite)(/|$)";

/** One rule per layer: nothing above it. */
function layerRules(group, root, layers) {
  return layers.slice(0, -1).map((layer, index) => {
    const above = layers.slice(index + 1);
    const path = layer.endsWith(".ts") ? `^${root}/${layer}$` : `^${root}/${layer}/`;
    return rule(
      `${group}-${layer.replace(/\W.*/, "")}`,
      path,
      `^${root}/(${above.map((one) => (one.endsWith(".ts") ? `${one}$` : `${one}/`)).join("|")})`,
      `${layer} is below ${above.map((one) => one.replaceAll("\\", "")).join(", ")}.`,
    );
  });
}

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    ...layerRules("helper-layers", "registry-helper", HELPER_LAYERS),
    ...layerRules("control-plane-layers", "plugin/control-plane", CONTROL_PLANE_LAYERS),
    ...layerRules("server-layers", "plugin/control-plane", SERVER_LAYERS),
    rule("helper-knows-no-plugin", "^registry-helper/", "^(plugin|test)/", "The helper is the lowest part."),
    rule("helper-knows-no-openclaw", "^registry-helper/", "(^|/)openclaw($|/)", "The registry works without OpenClaw."),
    rule("pure-below-storage", "^registry-helper/(model|domain)/", IO, "Rules and records do no I/O."),
    rule(
      "cli-without-api",
      "^registry-helper/cli/",
      "^(registry-helper/api/|node_modules/@sinclair/typebox/)",
      "The command line checks its arguments itself; schemas would slow down the start of each command.",
    ),
    rule(
      "helper-by-its-entries",
      "^plugin/(?!build/)",
      "^registry-helper/(?!(index|flows|internal)\\.ts$|cli/(main|process-environment|command)\\.ts$)",
      "Plugin and dashboard reach the helper by its entry points.",
    ),
    rule(
      "operations-between-programs",
      "^plugin/(?!cli/|build/)",
      "^registry-helper/cli/",
      "Programs call typed operations; command lines are for terminals.",
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
      "Entry files wire; nothing imports them.",
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
      "dashboard-is-a-leaf",
      { path: "^(registry-helper|plugin)/", pathNot: "^plugin/dashboard/" },
      "^plugin/dashboard/",
      "It is built into files that are served.",
    ),
    rule(
      "views-below-app",
      "^plugin/dashboard/(?!app/)",
      "^plugin/dashboard/app/",
      "Pages are wired by the app; shared parts are in components/ and design/.",
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
