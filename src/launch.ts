#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
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

/**
 * Compiled code is good for exactly the Node that made it. V8 looks at its own version and flags again, and compiles what it cannot
 * use; releases of Node differ in more than these.
 */
const compiledDirectory = join(
  __dirname,
  'compiled',
  `${process.version}-${process.platform}-${process.arch}`,
);
const hasCompiled = existsSync(compiledDirectory);

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
  if (!hasCompiled) return undefined;
  try {
    return readFileSync(join(compiledDirectory, name));
  } catch {
    return undefined; // Only what the common commands load has been compiled, and nothing needs to be.
  }
}
