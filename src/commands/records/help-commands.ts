import type { CommandRecord } from './command-record.ts';

const group = 'Help:';

/** The commands about the command line itself. */
export const HELP_COMMANDS: readonly CommandRecord[] = [
  {
    name: 'help',
    group,
    description: 'print the help of a command, with examples',
    arguments: [{ name: '[COMMAND]', kind: 'command' }],
    examples: [
      ['help', 'the list of commands'],
      ['help reload', 'options and examples of one'],
    ],
    run: async ({ context, program, words: [name] }) => {
      const { runHelp } = await import('../help/run-help.ts');
      return runHelp(context, program, name);
    },
  },
  {
    name: 'completion',
    group,
    description: 'print the script by which a shell completes commands, options and names',
    arguments: [{ name: '<SHELL>', doc: 'bash, zsh or fish', kind: 'shell' }],
    examples: [
      [
        'completion bash',
        'the script for bash; put it into ~/.local/share/bash-completion/completions/reloadctl',
      ],
      ['completion zsh', 'for zsh; put it into a directory of fpath as _reloadctl'],
      ['completion fish', 'for fish; ~/.config/fish/completions/reloadctl.fish'],
    ],
    run: async ({ words: [shell = ''] }) => {
      const { runCompletion } = await import('../completion/run-completion.ts');
      return runCompletion(shell);
    },
  },
  {
    name: '__complete',
    description: '',
    arguments: [{ name: '[WORD...]' }],
    examples: [],
    isHidden: true,
    run: async ({ commands, createContext, words }) => {
      const { runComplete } = await import('../completion/run-complete.ts');
      return runComplete(commands, createContext, words);
    },
  },
  {
    name: 'man',
    group,
    description: 'print the manual page',
    examples: [['man', 'the manual page; to read it: reloadctl man | man -l -']],
    run: async ({ context, commands }) => {
      const { renderManPage } = await import('../help/man-page.ts');
      context.print(...renderManPage(commands));
      return 0;
    },
  },
];
