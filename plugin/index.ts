/** The gateway plugin. Wiring only: what the host tells goes to the one recorder of the process. */
import { Gateway } from "./gateway-service.ts";
import { supplyExecEnvironment } from "./host/exec-environment.ts";
import type { HostEvent } from "./host/events/host-events.ts";
import type { PluginApi } from "./host/plugin-api.ts";
import { readServiceContext } from "./host/service-context.ts";
import { subscribe } from "./host/events/subscribe.ts";
import { SharedInstance } from "./process-singleton.ts";
import { offerCli, offerControlPlane, offerSurfaces } from "./register-surfaces.ts";

const shared = new SharedInstance<Gateway, HostEvent>();

function register(api: PluginApi): void {
  offerCli(api);
  if (api.registrationMode === "cli-metadata") return;

  subscribe(api, {
    tell: (event) => {
      const gateway = shared.current;
      if (gateway === undefined) shared.keep(event);
      else gateway.hear(event);
    },
    follow: (activity) => shared.current?.follow(activity),
  });
  supplyExecEnvironment(api, () => shared.current?.recorder.root);
  offerSurfaces(
    api,
    () => shared.current?.recorder,
    (runId) => shared.current?.hurryRun(runId),
  );
  offerControlPlane(api, () => shared.current?.controlPlane);
  api.registerService({
    id: "clawtask",
    start(context) {
      shared
        .acquire(
          () => new Gateway(api),
          (gateway, event) => gateway.hear(event),
        )
        .use(api, readServiceContext(context));
    },
    stop: () => shared.release((gateway) => gateway.stop()),
  });
}

export default {
  id: "clawtask",
  name: "ClawTask",
  description: "Workflow runs, a task ledger and guaranteed delivery of results.",
  register,
};
