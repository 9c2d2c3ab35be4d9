import { beforeEach, describe, expect, it } from "vitest";
import { ProcessSingleton } from "../../plugin/process-singleton.ts";

interface Instance {
  name: string;
  received: string[];
}
const handleEvent = (instance: Instance, event: string): void => void instance.received.push(event);
const maker =
  (name: string): (() => Instance) =>
  () => ({ name, received: [] });

/** Each copy of the plugin has its own module state, so each has a `ProcessSingleton` of its own. */
const copy = (): ProcessSingleton<Instance, string> => new ProcessSingleton();

beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("clawtask.gateway.v1"));
});

describe("ProcessSingleton", () => {
  it("shares one instance among all copies of the plugin", () => {
    const [full, discovery] = [copy(), copy()];
    const instance = full.acquire(maker("first"), handleEvent);
    expect(discovery.acquire(maker("second"), handleEvent)).toBe(instance);
    expect(copy().current).toBe(instance);
  });

  it("delivers events from before the start once and in order", () => {
    const [full, discovery] = [copy(), copy()];
    discovery.bufferEvent("a");
    full.bufferEvent("b");
    const instance = full.acquire(maker("first"), handleEvent);
    discovery.acquire(maker("second"), handleEvent);
    expect(instance.received).toEqual(["a", "b"]);
  });

  it("keeps the instance until the last copy releases it, and stops it once", async () => {
    const stopped: string[] = [];
    const stop = (instance: Instance): Promise<void> => Promise.resolve(void stopped.push(instance.name));
    const [old, young] = [copy(), copy()];
    old.acquire(maker("first"), handleEvent);
    young.acquire(maker("second"), handleEvent);

    await old.release(stop);
    expect(stopped).toEqual([]);
    expect(young.current?.name).toBe("first");
    await young.release(stop);
    await young.release(stop);
    expect(stopped).toEqual(["first"]);
    expect(copy().current).toBeUndefined();
  });

  it("creates a new instance after the last release", async () => {
    const one = copy();
    one.acquire(maker("first"), handleEvent);
    await one.release(() => Promise.resolve());
    one.bufferEvent("between");
    expect(one.acquire(maker("second"), handleEvent)).toEqual({ name: "second", received: ["between"] });
  });

  it("buffers a bounded number of early events", () => {
    const one = copy();
    for (let index = 0; index < 6_000; index += 1) one.bufferEvent("x");
    expect(one.acquire(maker("first"), handleEvent).received).toHaveLength(5_000);
  });
});
