/** The gateway plugin. Wiring only: what the host tells goes to the one recorder of the process. */
import { GatewayService } from "./gateway-service.ts";
import type { HostEvent } from "./host/events/host-events.ts";
import { subscribe } from "./host/events/subscribe.ts";
import { supplyExecEnvironment } from "./host/exec-environment.ts";
import type { PluginApi } from "./host/plugin-api.ts";
import { readServiceContext } from "./host/service-context.ts";
import { ProcessSingleton } from "./process-singleton.ts";
import { registerCliCommands, registerControlPlane, registerSurfaces } from "./register-surfaces.ts";

const singleton = new ProcessSingleton<GatewayService, HostEvent>();

function register(api: PluginApi): void {
  registerCliCommands(api);
  if (api.registrationMode === "cli-metadata") return;

  subscribe(api, {
    emit: (event) => {
      const gateway = singleton.current;
      if (gateway === undefined) singleton.bufferEvent(event);
      else gateway.handleEvent(event);
    },
    handleActivity: (activity) => singleton.current?.handleActivity(activity),
  });
  supplyExecEnvironment(api, () => singleton.current?.recorder.root);
  registerSurfaces(
    api,
    () => singleton.current?.recorder,
    (runId) => singleton.current?.requestWake(runId),
  );
  registerControlPlane(api, () => singleton.current?.controlPlane);
  api.registerService({
    id: "clawtask",
    start(context) {
      singleton
        .acquire(
          () => new GatewayService(api),
          (gateway, event) => gateway.handleEvent(event),
        )
        .updateApi(api, readServiceContext(context));
    },
    stop: () => singleton.release((gateway) => gateway.stop()),
  });
}

export default {
  id: "clawtask",
  name: "ClawTask",
  description: "Workflow runs, a task ledger and guaranteed delivery of results.",
  register,
};
