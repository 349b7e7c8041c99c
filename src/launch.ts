#!/usr/bin/env node
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** A piece of the program; while it is being run, not all of its exports are there yet. */
interface Chunk {
  exports: Readonly<Record<string, unknown>>;
}

/** A chunk as the build writes it: CommonJS within a function. */
type ChunkBody = (
  exports: Chunk['exports'],
  require: (id: string) => unknown,
  chunk: Chunk,
) => void;

const compiledDirectory = findCompiled();

/** The chunks that every command or the quickest one needs, in one file, since each file takes its time. */
const common = evaluate('main.js') as Readonly<Record<string, ChunkBody | undefined>>;
const chunks = new Map<string, Chunk>();
load('./main.js');

/** What a chunk calls as `require`: its exports for the id of a chunk, './NAME.js', and otherwise a module of Node. */
function load(id: string): unknown {
  if (!id.startsWith('./')) return loadFromNode(id);
  const name = id.slice('./'.length);
  const known = chunks.get(name);
  if (known !== undefined) return known.exports;
  const chunk: Chunk = { exports: {} };
  chunks.set(name, chunk);
  const body = common[name] ?? (evaluate(name) as ChunkBody);
  body(chunk.exports, load, chunk);
  return chunk.exports;
}

function loadFromNode(id: string): object {
  const module = process.getBuiltinModule(id);
  // A library may look for a module that need not be there, and expects this when it is not.
  if (module === undefined) throw new Error(`Cannot find module '${id}'`);
  return module;
}

/** The value of a file of the build, from compiled code where there is some. The build writes nothing but ASCII. */
function evaluate(name: string): unknown {
  const script = new Script(readFileSync(join(__dirname, name), 'latin1'), {
    // Not the path of this installation: Node 20 shows the name under which the code was compiled.
    filename: `reloadctl/dist/${name}`,
    cachedData: readCompiled(name),
  });
  return script.runInThisContext();
}

function readCompiled(name: string): Buffer | undefined {
  if (compiledDirectory === undefined) return undefined;
  try {
    return readFileSync(join(compiledDirectory, name));
  } catch {
    return undefined; // Only what the common commands load has been compiled, and nothing needs to be.
  }
}

/**
 * Where the code is that this very Node has compiled, if there is any. V8 looks at its version and its flags and compiles what it
 * cannot use, but takes for granted that it was built with the same settings; the size of the executable stands for these.
 */
function findCompiled(): string | undefined {
  try {
    const { size } = statSync(process.execPath);
    const node = `${process.version}-${process.platform}-${process.arch}-${size}`;
    const directory = join(__dirname, 'compiled', node);
    return existsSync(directory) ? directory : undefined;
  } catch {
    return undefined; // The executable has been replaced by an update since it was started.
  }
}
