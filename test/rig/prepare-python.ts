// Makes the Python environments ahead of their first use: `node --import tsx test/rig/prepare-python.ts [newest|oldest…]`.
import { PYTHON_NAMES, pythonEnvironment } from './python.ts';

const wanted = process.argv.slice(2);
for (const name of PYTHON_NAMES.filter((each) => wanted.length === 0 || wanted.includes(each))) {
  const environment = await pythonEnvironment(name);
  if (environment.ok) {
    const { gunicorn, supervisor, gevent } = environment.versions;
    console.log(
      `${name}: gunicorn ${gunicorn}, supervisor ${supervisor}, gevent ${gevent ?? 'missing'} (${environment.bin.gunicorn})`,
    );
  } else {
    console.error(`${name}: ${environment.reason}`);
    process.exitCode = 1;
  }
}
