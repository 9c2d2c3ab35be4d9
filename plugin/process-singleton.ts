/**
 * The gateway loads several copies of the plugin side by side, each with its own module state, and splits
 * the events among them. All copies share one instance through a symbol of the process; it lives for as
 * long as any copy needs it, and survives the reload of each. What is heard before it starts is kept.
 */
const SHARED = Symbol.for("clawtask.gateway.v1");
/** Events of a gateway that is still starting; more than this would mean that the service never starts. */
const MAX_EARLY_EVENTS = 5_000;

interface Slot<Instance, Event> {
  instance: Instance | undefined;
  users: number;
  earlyEvents: Event[];
}

/** A share in something that exists once per process. */
export class ProcessSingleton<Instance, Event> {
  private get slot(): Slot<Instance, Event> {
    const holder = globalThis as unknown as Record<symbol, Slot<Instance, Event> | undefined>;
    return (holder[SHARED] ??= { instance: undefined, users: 0, earlyEvents: [] });
  }

  get current(): Instance | undefined {
    return this.slot.instance;
  }

  /** Takes a share, starting the instance when there is none. */
  acquire(start: () => Instance, handleEvent: (instance: Instance, event: Event) => void): Instance {
    const { slot } = this;
    const instance = (slot.instance ??= start());
    slot.users += 1;
    for (const event of slot.earlyEvents.splice(0)) handleEvent(instance, event);
    return instance;
  }

  /** Keeps an event for the instance that is still to come. */
  bufferEvent(event: Event): void {
    if (this.slot.earlyEvents.length < MAX_EARLY_EVENTS) this.slot.earlyEvents.push(event);
  }

  /** Gives a share back; the last one stops the instance. */
  async release(stop: (instance: Instance) => Promise<void>): Promise<void> {
    const { slot } = this;
    slot.users = Math.max(0, slot.users - 1);
    if (slot.users > 0 || slot.instance === undefined) return;
    const { instance } = slot;
    slot.instance = undefined;
    await stop(instance);
  }
}
