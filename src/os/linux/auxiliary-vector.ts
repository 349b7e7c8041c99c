import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** Two constants that the kernel tells every process (getauxval(3)). */
export interface KernelConstants {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/** What Linux has everywhere but for pages on some ARM and POWER kernels. */
const USUAL: KernelConstants = { pageBytes: 4096, ticksPerSecond: 100 };

let constants: KernelConstants | undefined;

/** The page size and clock tick rate, from /proc/self/auxv, read once. Saves running `getconf`. */
export function kernelConstants(): KernelConstants {
  constants ??= readKernelConstants();
  return constants;
}

function readKernelConstants(): KernelConstants {
  try {
    return parseAuxiliaryVector(readFileSync('/proc/self/auxv'));
  } catch {
    return USUAL; // Not readable when this process changed its user after it started.
  }
}

/** The constants in the bytes of an auxiliary vector. */
export function parseAuxiliaryVector(
  ...vector: Parameters<typeof readAuxiliaryWords>
): KernelConstants {
  const words = readAuxiliaryWords(...vector);
  return {
    pageBytes: words.get(AT_PAGESZ) ?? USUAL.pageBytes,
    ticksPerSecond: words.get(AT_CLKTCK) ?? USUAL.ticksPerSecond,
  };
}

const AT_UID = 11;
const AT_EUID = 12;
const AT_GID = 13;
const AT_EGID = 14;

/**
 * Whether a process was executed with other rights (set-user-ID, getauxval(3)): its arguments,
 * environment and directory were then chosen by somebody else, whatever its ids are now.
 */
export function wasExecutedWithOtherRights(vector: Buffer): boolean {
  const words = readAuxiliaryWords(vector);
  return words.get(AT_UID) !== words.get(AT_EUID) || words.get(AT_GID) !== words.get(AT_EGID);
}

/** The first value of each type in an auxiliary vector, which is pairs of machine words. */
function readAuxiliaryWords(
  vector: Buffer,
  wordBytes: 4 | 8 = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8,
  order: 'LE' | 'BE' = endianness(),
): ReadonlyMap<number, number> {
  const wordAt = (offset: number): number => {
    if (wordBytes === 4) {
      return order === 'LE' ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset);
    }
    return Number(order === 'LE' ? vector.readBigUInt64LE(offset) : vector.readBigUInt64BE(offset));
  };
  const words = new Map<number, number>();
  for (let offset = 0; offset + 2 * wordBytes <= vector.length; offset += 2 * wordBytes) {
    words.set(wordAt(offset), wordAt(offset + wordBytes));
  }
  return words;
}
