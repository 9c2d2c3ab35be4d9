import type { AttentionItem, DeliveryReport, DeliveryRoute } from "../../registry-helper/internal.ts";
import type { AlertSettings } from "./alert-settings.ts";
import type { AlertState } from "./alert-state.ts";
import { alertText } from "./alert-text.ts";
import { afterAlert, decideAlerts } from "./decide-alerts.ts";

export interface AlertSenderOptions {
  /** Epoch milliseconds. */
  now: () => number;
  /** False while another gateway sends for this registry. */
  mayAct: () => boolean;
  /** Read at each look, so that a changed configuration applies; undefined while alerts are off. */
  settings: () => AlertSettings | undefined;
  /** Everything that needs attention; undefined when nobody can say. */
  list: () => Promise<readonly AttentionItem[] | undefined>;
  store: { load: () => Promise<AlertState>; save: (state: AlertState) => Promise<void> };
  send: (route: DeliveryRoute, text: string) => Promise<DeliveryReport>;
  problem: (message: string) => void;
}

/** Announces what needs attention on the route that the operator chose. */
export class AlertSender {
  private readonly options: AlertSenderOptions;
  private state: AlertState | undefined;
  private looking: Promise<void> | undefined;

  constructor(options: AlertSenderOptions) {
    this.options = options;
  }

  /** Looks once; a look that is under way is enough. */
  tick(): Promise<void> {
    this.looking ??= this.look()
      .catch((error: unknown) => this.options.problem(`alerts: ${String(error)}`))
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  private async look(): Promise<void> {
    const { now, mayAct, list, send, store, problem } = this.options;
    const settings = this.options.settings();
    if (settings === undefined || !mayAct()) return;
    const items = await list();
    if (items === undefined) return;
    const before = (this.state ??= await store.load());
    const { state, message } = decideAlerts(before, items, settings, now());
    if (JSON.stringify(state) !== JSON.stringify(before)) await this.keep(state);
    if (message === undefined) return;
    const answer = await send(settings.route, alertText(message, settings.dashboardUrl));
    if (answer.kind === "refused") problem(`alerts: ${answer.reason}`);
    await this.keep(afterAlert(state, answer.kind === "refused", now()));
  }

  private async keep(state: AlertState): Promise<void> {
    await this.options.store.save(state);
    this.state = state;
  }
}
