import { constants } from "node:fs";
import { ClawTaskError } from "../model/errors.ts";
import { suggest } from "../model/remedy.ts";
import type { FileSystem } from "../storage/file-system.ts";
import { readIdentity, type RegistryIdentity } from "../storage/registry-marker.ts";
import type { Registry } from "./registry.ts";

/**
 * Holds a process that lives on to the registry that it began with. When that is moved, when its disk is taken away or
 * when another one is put in its place, nothing is read, made or acknowledged there until it is back.
 */
export class RegistryPin {
  private readonly place: Pick<Registry, "fs" | "root">;
  private known: RegistryIdentity | undefined;

  /** A root that is not there yet is held to what is made there. */
  constructor(place: Pick<Registry, "fs" | "root">) {
    this.place = { fs: place.fs, root: place.root };
    this.known = readIdentity(place.fs, place.root);
  }

  /** @throws ClawTaskError `registry_not_found` */
  check(): void {
    const { fs, root } = this.place;
    const found = readIdentity(fs, root);
    const { known } = this;
    if (known === undefined) {
      this.known = found;
      return;
    }
    if (found === undefined) throw lostRegistry(`the registry is not at ${root} any more: it was moved or removed`);
    const isSame = known.id === undefined ? found.folder === known.folder : found.id === known.id;
    if (!isSame) throw lostRegistry(`another folder stands at ${root} in the place of the registry`);
    this.known = found;
  }
}

function lostRegistry(message: string): ClawTaskError {
  return new ClawTaskError("registry_not_found", {
    message,
    remedy: { hint: "put it back there, or start again with its new place; until then nothing is written" },
  });
}

/** @throws ClawTaskError `registry_not_found` when there is no folder at a registry's root */
export function requireRoot({ fs, root }: Pick<Registry, "fs" | "root">): void {
  if (fs.existsSync(root)) return;
  throw new ClawTaskError("registry_not_found", {
    message: `there is no registry at ${root}: no such folder`,
    remedy: { hint: "check the name; the first scaffold makes one", commands: [suggest("doctor")] },
  });
}

const CHANGING_CALLS = [
  "mkdirSync",
  "renameSync",
  "linkSync",
  "rmSync",
  "rmdirSync",
  "unlinkSync",
  "writeFileSync",
] as const;
const WRITING = constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT;

/** A registry that is checked before each call that would change something on its disk. */
export function pinRegistry(registry: Registry): Registry & { pin: RegistryPin } {
  const pin = new RegistryPin(registry);
  const fs: FileSystem = { ...registry.fs };
  for (const name of CHANGING_CALLS) {
    const call = registry.fs[name] as (...args: unknown[]) => unknown;
    (fs as Record<string, unknown>)[name] = (...args: unknown[]) => {
      pin.check();
      return call(...args);
    };
  }
  fs.openSync = (path, flags, mode) => {
    if (typeof flags === "string" ? flags !== "r" : ((flags ?? 0) & WRITING) !== 0) pin.check();
    return registry.fs.openSync(path, flags, mode);
  };
  return { ...registry, fs, pin };
}
