// Writes the pages and tables of the types of servers: npm run docs:servers
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../rig/place.ts';
import { serverDocuments } from './server-documents.ts';

for (const [path, text] of await serverDocuments()) {
  writeFileSync(join(REPOSITORY, path), text);
  console.log(path);
}
