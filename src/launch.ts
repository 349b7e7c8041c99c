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

/** The chunks that every command needs, in one file, since opening each file takes time. */
const common = evaluate('main.js') as Readonly<Record<string, ChunkBody | undefined>>;
const chunks = new Map<string, Chunk>();
load('./main.js');

/**
 * What a chunk calls as `require`: './NAME.js' is another chunk, anything else a module of Node.
 */
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

/** The value of a built file, from compiled code where there is some. Built files are ASCII. */
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
 * Where code compiled by this very Node is, if anywhere. V8 checks its version and flags but not
 * how it was built; the size of the executable stands for that.
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
