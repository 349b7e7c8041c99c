// A daemon to be killed: opens the output in the directory that is its first argument and runs the shell script that is its second.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogsFixture } from './logs-fixture.ts';

const [directory, script = ''] = process.argv.slice(2);
const fixture = new LogsFixture(directory);
const output = await fixture.open();
const child = fixture.spawn(output, ['sh', '-c', script]);
writeFileSync(join(fixture.directory, 'pid'), String(child.pid));
