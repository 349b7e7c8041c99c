import { format } from 'prettier';
import { SERVER_TYPES } from '../../src/servers/registry.ts';
import { serverPage } from './server-page.ts';
import { serverTable } from './server-table.ts';

const INDEX = `<!-- Made from src/servers/types by \`npm run docs:servers\`. -->

# Types of servers

What each type of server understands. Everything goes to the master alone. A server is recognised by the file that it runs,
by the signals that it catches and by its children, never by a command line alone; a type that is not here is sent nothing
unless \`reload_signal\` says what. [configuration.md](../configuration.md) has the settings.
`;

/** Every document that is made from the data of the types, by its path in the repository, formatted as it should stand there. */
export async function serverDocuments(): Promise<ReadonlyMap<string, string>> {
  const types = SERVER_TYPES;
  const documents: Array<readonly [string, string]> = [
    ...types.map((type) => [`docs/servers/${type.name}.md`, serverPage(type)] as const),
    ['docs/servers/README.md', `${INDEX}\n${serverTable(types)}\n`],
  ];
  const formatted = documents.map(
    async ([path, text]) => [path, await formatMarkdown(text)] as const,
  );
  return new Map(await Promise.all(formatted));
}

const formatMarkdown = (text: string): Promise<string> =>
  format(text, { parser: 'markdown', printWidth: 100, singleQuote: true });
