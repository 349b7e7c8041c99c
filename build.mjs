// Builds src/ and the libraries it uses into dist/. `node build.mjs [DIRECTORY]` builds into another directory.
//   cli.js              src/launch.ts: loads main.js; before it src/launch.sh, which starts Node with it
//   main.js, *.js       src/cli.ts in chunks, so that a command loads only what it needs
//   reloadctl.1         the manual page, as the program prints it
//   compiled/NODE/*.js  what V8 made of the chunks that the common commands load; any other Node compiles them itself
// CommonJS, since Node's loader for ES modules takes longer than everything else that `status` does, and cannot take compiled code.
import { build, transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('.', import.meta.url));
const outdir = resolve(process.argv[2] ?? join(repository, 'dist'));
const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
const options = {
  absWorkingDir: repository,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  logLevel: 'warning',
  loader: { '.py': 'text' },
};

const files = new Map([...(await buildChunks()), ['cli.js', await buildLauncher()]]);
// The package is of type module.
files.set('package.json', '{ "type": "commonjs" }\n');
// Not before now: what cannot be built leaves the last build as it is.
await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
for (const [name, text] of files) await writeFile(join(outdir, name), text);
await chmod(join(outdir, 'cli.js'), 0o755);
await writeCompiledCode();
await writeManPage();

async function buildLauncher() {
  const { absWorkingDir: _, ...rest } = options;
  const source = await readFile(join(repository, 'src/launch.ts'), 'utf8');
  const { code } = await transform(source, { ...rest, loader: 'ts', format: 'cjs' });
  const script = await readFile(join(repository, 'src/launch.sh'), 'utf8');
  if (script.includes('*/'))
    throw new Error('src/launch.sh would end the comment that it is to Node');
  // For the shell ':' does nothing, whatever its words.
  return `#!/bin/sh\n':' /*\n${script}*/\n${code}`;
}

/** The texts of main.js and of the other chunks by their names. */
async function buildChunks() {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: { main: 'src/cli.ts' },
    outdir,
    bundle: true,
    // esbuild splits ES modules only; each of its chunks becomes CommonJS below.
    splitting: true,
    format: 'esm',
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [postponeChildProcess()],
    metafile: true,
    write: false,
  });
  const bodies = new Map();
  for (const { path, text } of outputFiles) {
    const { inputs } = metafile.outputs[relative(repository, path)];
    bodies.set(basename(path), await toChunkBody(text, Object.keys(inputs)));
  }
  const common = findCommonChunks(metafile.outputs);
  const members = common.map((name) => `${JSON.stringify(name)}: ${bodies.get(name)}`);
  for (const name of common) bodies.delete(name);
  return new Map([['main.js', `({\n${members.join(',\n')}\n})\n`], ...bodies]);
}

/** The names of the chunks without which neither the program nor `status` starts. */
function findCommonChunks(outputs) {
  const common = new Set();
  const take = (path) => {
    if (common.has(path)) return;
    common.add(path);
    for (const { path: imported, kind, external } of outputs[path].imports) {
      if (kind === 'import-statement' && external !== true) take(imported);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (['src/cli.ts', 'src/commands/status.ts'].includes(entryPoint)) take(path);
  }
  return [...common].map((path) => basename(path));
}

/** commander loads node:child_process for commands that are programs of their own, of which we have none. */
function postponeChildProcess() {
  return {
    name: 'postpone-child-process',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:child_process$/ }, ({ importer, namespace, path }) => {
        if (namespace === 'postponed') return { path, external: true };
        return importer.includes('/node_modules/commander/')
          ? { path, namespace: 'postponed' }
          : undefined;
      });
      onLoad({ filter: /.*/, namespace: 'postponed' }, ({ path }) => ({
        contents: `module.exports = new Proxy({}, { get: (_, name) => require('${path}')[name] });`,
      }));
    },
  };
}

/**
 * A chunk as a function around CommonJS, in parentheses so that V8 compiles it at once, and in ASCII. Above it stand the names of its
 * sources, for those who read a stack trace.
 */
async function toChunkBody(text, inputs) {
  const { code } = await transform(text, {
    platform: 'node',
    target: options.target,
    format: 'cjs',
    supported: { 'dynamic-import': false },
  });
  const sources = inputs.map((input) => input.replace(/^.*node_modules\//, ''));
  const body = `// ${sources.join(' ') || 'helpers of esbuild'}\n(function (exports, require, module) {${code}})`;
  // esbuild leaves comments and regular expressions as they are; in both the escape means the same.
  return body.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Runs commands and keeps what V8 has compiled by their end, so that it need not be compiled again: the whole of each chunk in outline,
 * and the functions that were called. A chunk is kept as the first command leaves it that loads it.
 */
async function writeCompiledCode() {
  const { size } = await stat(process.execPath);
  const node = `${process.version}-${process.platform}-${process.arch}-${size}`;
  const directory = join(outdir, 'compiled', node);
  const place = await mkdtemp(join(tmpdir(), 'reloadctl-build-'));
  const socket = join(place, 's');
  const supervisor = createServer((request, response) => {
    request.resume().on('end', () => response.end(allProcessInfo()));
  });
  try {
    await writeFile(
      join(place, 'conf'),
      `[supervisord]\n[unix_http_server]\nfile=${socket}\n[supervisorctl]\nserverurl=unix://${socket}\n[program:web]\ncommand=gunicorn web\n`,
    );
    await new Promise((done) => supervisor.listen(socket, done));
    await mkdir(directory, { recursive: true });
    const recorder = await writeRecorder(place, directory);
    await runBuilt(recorder, ['-c', 'conf', 'status'], 0);
    await runBuilt(recorder, ['-c', 'conf', 'plan', 'reload', 'web'], 1);
  } finally {
    supervisor.close();
    await rm(place, { recursive: true, force: true });
  }
}

/** A file to put before the program (node --require), which at its end writes what has been compiled to `directory`. */
async function writeRecorder(place, directory) {
  const path = join(place, 'recorder.cjs');
  await writeFile(
    path,
    `const vm = require('node:vm');
    const { existsSync, writeFileSync } = require('node:fs');
    const { basename, join } = require('node:path');
    const scripts = new Map();
    vm.Script = class extends vm.Script {
      constructor(source, options) {
        super(source, options);
        scripts.set(join(${JSON.stringify(directory)}, basename(options.filename)), this);
      }
    };
    process.on('exit', () => {
      for (const [path, script] of scripts) {
        if (!existsSync(path)) writeFileSync(path, script.createCachedData());
      }
    });`,
  );
  return path;
}

/** Runs the program as it was built. Throws unless it ends with `exitCode`. */
async function runBuilt(recorder, argv, exitCode) {
  const home = dirname(recorder);
  // No NODE_OPTIONS: V8 takes compiled code only under the flags under which it was made.
  const env = { PATH: process.env.PATH, HOME: home, RELOADCTL_STATE_DIR: home };
  const words = ['--require', recorder, join(outdir, 'cli.js'), ...argv];
  await new Promise((done, fail) => {
    execFile(process.execPath, words, { env, cwd: home, timeout: 60_000 }, (error, _, stderr) => {
      if ((error?.code ?? 0) === exitCode) done();
      else fail(new Error(`${words.join(' ')}: ${stderr}`, { cause: error }));
    });
  });
}

async function writeManPage() {
  const argv = [join(outdir, 'cli.js'), 'man'];
  const page = await new Promise((done, fail) => {
    execFile(process.execPath, argv, { timeout: 60_000 }, (error, stdout) => {
      if (error === null) done(stdout);
      else fail(error);
    });
  });
  await writeFile(join(outdir, 'reloadctl.1'), page);
}

/** What supervisord answers to getAllProcessInfo (4.3.0). */
function allProcessInfo() {
  const strings = {
    name: 'web',
    group: 'web',
    statename: 'RUNNING',
    spawnerr: '',
    logfile: '/web.log',
    stdout_logfile: '/web.log',
    stderr_logfile: '',
    description: 'pid 4711, uptime 0:00:01',
  };
  const numbers = { start: 1, stop: 0, now: 2, state: 20, exitstatus: 0, pid: process.pid };
  const member =
    (type) =>
    ([name, value]) =>
      `<member>\n<name>${name}</name>\n<value><${type}>${value}</${type}></value>\n</member>\n`;
  const members = [
    ...Object.entries(strings).map(member('string')),
    ...Object.entries(numbers).map(member('int')),
  ];
  return `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n<value><struct>\n${members.join('')}</struct></value>\n</data></array></value>\n</param>\n</params>\n</methodResponse>\n`;
}
