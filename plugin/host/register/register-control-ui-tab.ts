import type { PluginApi } from "../plugin-api.ts";
import { MOUNT } from "./register-http-routes.ts";

/** A tab of the host's Control UI: our page in a frame, which may read and not write. */
export function registerControlUiTab(api: PluginApi): void {
  api.session.controls.registerControlUiDescriptor({
    surface: "tab",
    id: "clawtask",
    label: "ClawTask",
    description: "What agents are doing, what is stuck and why, and what needs somebody.",
    icon: "list-checks",
    group: "control",
    slug: "clawtask",
    path: `${MOUNT}/`,
  });
}
