import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { SERVER_TYPES } from '../../src/servers/registry.ts';
import { REPOSITORY } from '../rig/place.ts';
import { serverPage } from './server-page.ts';
import { serverTable } from './server-table.ts';

const BEGIN = '<!-- servers: made by `npm run docs:servers` -->';
const END = '<!-- servers: end -->';

const INDEX = `<!-- Made from src/servers/types by \`npm run docs:servers\`. -->

# Types of servers

What each type of server understands. Everything goes to the master alone. A server is recognised by the file that it runs,
by the signals that it catches and by its children, never by a command line alone; a type that is not here is sent nothing
unless \`reload_signal\` says what. [configuration.md](../configuration.md) has the settings.
`;

/** Every document that is made from the data of the types, by its path in the repository, formatted as it should stand there. */
export async function serverDocuments(): Promise<ReadonlyMap<string, string>> {
  const types = SERVER_TYPES;
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const documents: Array<readonly [string, string]> = [
    ...types.map((type) => [`docs/servers/${type.name}.md`, serverPage(type)] as const),
    ['docs/servers/README.md', `${INDEX}\n${serverTable(types, '')}\n`],
  ];
  const formatted = documents.map(
    async ([path, text]) => [path, await formatMarkdown(text)] as const,
  );
  const table = await formatMarkdown(serverTable(types, 'docs/servers/'));
  return new Map([
    ...(await Promise.all(formatted)),
    // Only the table of it is ours.
    ['README.md', replaceTable(readme, table.trimEnd())],
  ]);
}

const formatMarkdown = (text: string): Promise<string> =>
  format(text, { parser: 'markdown', printWidth: 100, singleQuote: true });

function replaceTable(readme: string, table: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`README.md has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${readme.slice(end)}`;
}
