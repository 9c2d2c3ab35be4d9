/** Loads, starts and stops the built plugin many times in this process, and prints what it left behind as JSON. */
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

type Service = { start: (context: object) => void; stop: () => Promise<void> };
type PluginModule = { default: { register: (api: unknown) => void } };

const [, , bundle = "", root = "", timesText = "0"] = process.argv;
const times = Number(timesText);
const DEADLINE_MS = 20_000;

/** An API that takes everything, and keeps the service. */
function createApi(take: (service: Service) => void): unknown {
  const known: Record<string, unknown> = {
    registrationMode: "full",
    pluginConfig: { registryRoot: root },
    config: {},
    registerService: take,
    runtime: { version: "2026.9.6", config: { current: () => ({ gateway: { port: 1 } }) } },
  };
  const anything: unknown = new Proxy(() => undefined, {
    get: (_target, name) => (name === "then" ? undefined : anything),
    apply: () => undefined,
  });
  return new Proxy(known, { get: (target, name) => target[String(name)] ?? anything });
}

function isThere(name: string): boolean {
  return fs.existsSync(join(root, name));
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + DEADLINE_MS; !holds(); await pause(5))
    if (performance.now() > end) throw new Error(`no ${what}`);
}

async function startAndStop(plugin: PluginModule): Promise<void> {
  const services: Service[] = [];
  plugin.default.register(createApi((service) => services.push(service)));
  for (const service of services) service.start({});
  // The note is written, the claim is held, the recorder has opened the registry.
  await until(() => isThere(".gateway.json") && isThere(".gateway.lock") && isThere("index.sqlite"), "plugin at work");
  for (const service of services) await service.stop();
  if (isThere(".gateway.lock")) throw new Error("the claim was not released");
  fs.rmSync(root, { recursive: true, force: true });
}

/** Every function of an object, by its name. */
function functionsOf(target: object): Map<string, unknown> {
  const names = Object.getOwnPropertyNames(target);
  return new Map(
    names.flatMap((name) => {
      const { value } = Object.getOwnPropertyDescriptor(target, name) ?? {};
      return typeof value === "function" ? [[name, value] as const] : [];
    }),
  );
}

const TARGETS = { process, fs, fsPromises, emitter: Object.getPrototypeOf(process) as object, globalThis };

function takeStock(): {
  listeners: Record<string, number>;
  resources: string[];
  functions: Map<string, Map<string, unknown>>;
} {
  const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)] as const);
  return {
    listeners: Object.fromEntries(listeners),
    resources: process.getActiveResourcesInfo().sort(),
    functions: new Map(Object.entries(TARGETS).map(([name, target]) => [name, functionsOf(target)])),
  };
}

function changedFunctions(before: ReturnType<typeof takeStock>, after: ReturnType<typeof takeStock>): string[] {
  return [...before.functions].flatMap(([target, functions]) =>
    [...functions]
      .filter(([name, one]) => after.functions.get(target)?.get(name) !== one)
      .map(([name]) => `${target}.${name}`),
  );
}

async function usedHeap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await pause(20);
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

// What the plugin starts holds no process; here nothing else does.
const holder = setInterval(() => undefined, 60_000);
// Whatever Node itself sets up with the first timer, thread and file is there.
const first = (await import(`${bundle}?copy=first`)) as PluginModule;
const before = takeStock();
await startAndStop(first);
for (let copy = 0; copy < times; copy += 1)
  await startAndStop((await import(`${bundle}?copy=${copy}`)) as PluginModule);
await startAndStop(first);
const settled = await usedHeap();
for (let round = 0; round < times; round += 1) await startAndStop(first);
const grown = (await usedHeap()) - settled;
// Threads that were ended leave their handles a moment later.
await pause(100);
const after = takeStock();
clearInterval(holder);
process.stdout.write(
  JSON.stringify({
    before: { listeners: before.listeners, resources: before.resources },
    after: { listeners: after.listeners, resources: after.resources },
    changed: changedFunctions(before, after),
    hasOwnEmit: Object.hasOwn(process, "emit"),
    grown,
  }),
);
