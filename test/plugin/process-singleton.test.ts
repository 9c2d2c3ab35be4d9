import { beforeEach, describe, expect, it } from "vitest";
import { SharedInstance } from "../../plugin/process-singleton.ts";

interface Instance {
  name: string;
  heard: string[];
}
const hear = (instance: Instance, event: string): void => void instance.heard.push(event);
const maker =
  (name: string): (() => Instance) =>
  () => ({ name, heard: [] });

/** Each copy of the plugin has its own module state, so each has a `SharedInstance` of its own. */
const copy = (): SharedInstance<Instance, string> => new SharedInstance();

beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("clawtask.gateway.v1"));
});

describe("the instance of the process", () => {
  it("is one for all copies of the plugin", () => {
    const [full, discovery] = [copy(), copy()];
    const instance = full.acquire(maker("first"), hear);
    expect(discovery.acquire(maker("second"), hear)).toBe(instance);
    expect(copy().current).toBe(instance);
  });

  it("hears what was told before it started, once and in order", () => {
    const [full, discovery] = [copy(), copy()];
    discovery.keep("a");
    full.keep("b");
    const instance = full.acquire(maker("first"), hear);
    discovery.acquire(maker("second"), hear);
    expect(instance.heard).toEqual(["a", "b"]);
  });

  it("lives as long as any copy needs it, and is stopped once", async () => {
    const stopped: string[] = [];
    const stop = (instance: Instance): Promise<void> => Promise.resolve(void stopped.push(instance.name));
    const [old, young] = [copy(), copy()];
    old.acquire(maker("first"), hear);
    young.acquire(maker("second"), hear);

    await old.release(stop);
    expect(stopped).toEqual([]);
    expect(young.current?.name).toBe("first");
    await young.release(stop);
    await young.release(stop);
    expect(stopped).toEqual(["first"]);
    expect(copy().current).toBeUndefined();
  });

  it("is a new one after the last share was given back", async () => {
    const one = copy();
    one.acquire(maker("first"), hear);
    await one.release(() => Promise.resolve());
    one.keep("between");
    expect(one.acquire(maker("second"), hear)).toEqual({ name: "second", heard: ["between"] });
  });

  it("keeps a bounded number of early events", () => {
    const one = copy();
    for (let index = 0; index < 6_000; index += 1) one.keep("x");
    expect(one.acquire(maker("first"), hear).heard).toHaveLength(5_000);
  });
});
