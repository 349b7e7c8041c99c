import { Command } from 'commander';

/**
 * The command line of reloadctl, whose options may stand anywhere, but after `daemon` and `run`: there they are supervisord's, of which some
 * (-s, -u) mean something else, and those of the program that is run.
 */
export class ReloadctlCommand extends Command {
  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const word = this.#firstWord(args);
    this.enablePositionalOptions(word === 'daemon' || word === 'run');
    // commander allows it only where options are positional.
    if (word === 'run') this.commands.find((each) => each.name() === word)?.passThroughOptions();
    return super.parseOptions(args);
  }

  /** The first argument that is neither an option of ours nor the value of one. */
  #firstWord(args: readonly string[]): string | undefined {
    for (let index = 0; index < args.length; index += 1) {
      const arg = args[index] ?? '';
      if (!arg.startsWith('-')) return arg;
      const option = this.options.find(({ short, long }) => arg === short || arg === long);
      if (option?.required === true) index += 1;
    }
    return undefined;
  }
}
