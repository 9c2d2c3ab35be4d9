import type { ArgumentSpec, Command, CommandAnswer, CommandContext, ParsedArguments } from "./command.ts";

/** How a positional or an option reaches an operation: under `as`, or under its own name in camel case. */
type Positional = ArgumentSpec["positionals"][number] & { as?: string };
type Option = ArgumentSpec["options"][number] & {
  as?: string;
  /** May be given several times. */
  repeated?: boolean;
  /** What its text means; asked without one, too. */
  read?: (text: string | undefined, option: { name: string; command: string }) => unknown;
};

type CamelCase<Name extends string> = Name extends `${infer Head}${"-" | "_"}${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;
type Key<One> = One extends { as: infer As extends string }
  ? As
  : One extends { name: infer Name extends string }
    ? CamelCase<Name>
    : never;
type Word<One> = One extends { choices: readonly (infer Choice)[] } ? Choice : string;
type PositionalValue<One> =
  (One extends { many: true } ? string[] : Word<One>) | (One extends { optional: true } ? undefined : never);
type OptionValue<One> = One extends { flag: true }
  ? boolean
  : One extends { required: true; read: (...args: never[]) => infer Value }
    ? Exclude<Value, undefined>
    : One extends { read: (...args: never[]) => infer Value }
      ? Value
      : One extends { repeated: true }
        ? string[] | undefined
        : Word<One> | (One extends { required: true } ? never : undefined);

/** What a command line gives, by the names that operations have for it. */
type CommandInput<Positionals extends readonly Positional[], Options extends readonly Option[]> = {
  [One in Positionals[number] as Key<One>]: PositionalValue<One>;
} & { [One in Options[number] as Key<One>]: OptionValue<One> };

/**
 * A command whose `run` gets what was given as one typed input, so that it can go to an operation as it is.
 *
 * @example
 * defineCommand({
 *   command: "tasks notify",
 *   positionals: [{ name: "task" }, { name: "policy", choices: NOTIFY_POLICIES }],
 *   run: (context, input) => ({ json: notify(toIndexedContext(context), input).document, text: () => "" }),
 * });
 */
export function defineCommand<
  const Positionals extends readonly Positional[] = [],
  const Options extends readonly Option[] = [],
>(definition: {
  command: string;
  positionals?: Positionals;
  options?: Options;
  jsonWhenPiped?: boolean;
  run(context: CommandContext, input: CommandInput<Positionals, Options>): CommandAnswer | Promise<CommandAnswer>;
}): Command {
  const { command, positionals = [], options = [], jsonWhenPiped = false } = definition;
  return {
    jsonWhenPiped,
    spec: { command, positionals, options },
    run(context) {
      const input = readInput(context.args, command, positionals, options);
      return definition.run(context, input as CommandInput<Positionals, Options>);
    },
  };
}

function readInput(
  args: ParsedArguments,
  command: string,
  positionals: readonly Positional[],
  options: readonly Option[],
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const { name, many, as = camelCase(name) } of positionals)
    input[as] = many === true ? args.lists[name] : args.positionals[name];
  for (const { name, flag, repeated, read, as = camelCase(name) } of options) {
    if (flag === true) input[as] = args.flags.has(name);
    else if (repeated === true) input[as] = args.lists[name];
    else input[as] = read === undefined ? args.options[name] : read(args.options[name], { name, command });
  }
  return input;
}

function camelCase(name: string): string {
  return name.replaceAll(/[-_](.)/g, (_match, letter: string) => letter.toUpperCase());
}
