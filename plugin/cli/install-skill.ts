import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "../../registry-helper/cli/command.ts";
import { ClawTaskError, getErrorMessage } from "../../registry-helper/internal.ts";

const SKILL = "clawtask";
/** By this line a folder is known as a ClawTask skill that may be replaced. */
const SKILL_NAME_LINE = /^name: clawtask$/m;

/**
 * `clawtask install-skill --dir <shared skills directory>`: puts the skill there as one folder that needs
 * nothing else installed. An older ClawTask skill is replaced in one step; anything else is left alone.
 */
export function installSkill(packageRoot: string): Command {
  return {
    jsonWhenPiped: false,
    spec: { command: "install-skill", positionals: [], options: [{ name: "dir", required: true }] },
    run({ args, cwd }) {
      const source = join(packageRoot, "skills", SKILL);
      if (!existsSync(join(source, "scripts", "clawtask.cjs"))) {
        throw new ClawTaskError("install_failed", {
          message: `the built skill is not in ${source}`,
          remedy: { hint: "npm run build, then repeat the command" },
        });
      }
      const directory = resolve(cwd, args.options["dir"] ?? "");
      const target = join(directory, SKILL);
      const replaced = existsSync(target);
      if (replaced) requireOwnSkill(target);
      installFiles(source, directory, target, replaced);
      return {
        json: { ok: true, skill: target, replaced },
        text: () => `${replaced ? "replaced" : "installed"} ${target}\ncheck with: openclaw skills info ${SKILL}\n`,
      };
    },
  };
}

function requireOwnSkill(target: string): void {
  const manifest = join(target, "SKILL.md");
  if (existsSync(manifest) && SKILL_NAME_LINE.test(readFileSync(manifest, "utf8"))) return;
  throw new ClawTaskError("install_failed", {
    message: `${target} exists and is not a ClawTask skill`,
    remedy: { hint: "move it away, or choose another --dir" },
  });
}

function installFiles(source: string, directory: string, target: string, replaced: boolean): void {
  const staging = join(directory, `.${SKILL}-${process.pid}`);
  try {
    mkdirSync(directory, { recursive: true });
    cpSync(realpathSync(source), staging, { recursive: true });
    if (replaced) rmSync(target, { recursive: true });
    renameSync(staging, target);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw new ClawTaskError("install_failed", {
      message: `could not write ${target}: ${getErrorMessage(error)}`,
      remedy: { hint: "choose a --dir that this user may write to, such as ~/.openclaw/skills" },
      cause: error,
    });
  }
}
