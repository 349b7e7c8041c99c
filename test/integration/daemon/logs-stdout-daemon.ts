// A daemon in the foreground that logs 20,000 lines to the file that is its argument and to stdout, and ends.
import { realClock } from '../../../src/os/clock.ts';
import { openMainLog } from '../../../src/daemon/logs/open-main-log.ts';

const log = await openMainLog({
  settings: {
    logfile: process.argv[2] ?? '',
    logfileMaxBytes: 0,
    logfileBackups: 0,
    loglevel: 'info',
  },
  toStdout: true,
  os: realClock,
});
for (let line = 1; line <= 20_000; line += 1) {
  log.log('info', `line ${line}`);
  if (line % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await log.close();
