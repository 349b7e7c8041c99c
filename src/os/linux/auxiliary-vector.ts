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

/**
 * The page size and the clock tick rate of this machine, from /proc/self/auxv; no `getconf` has to be run. Read once: they cannot
 * change while the machine runs.
 */
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

/** Reads an auxiliary vector: pairs of unsigned words, 8 bytes each (4 on 32-bit machines). */
export function parseAuxiliaryVector(
  vector: Buffer,
  wordBytes: 4 | 8 = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8,
  order: 'LE' | 'BE' = endianness(),
): KernelConstants {
  const wordAt = (offset: number): number => {
    if (wordBytes === 4) {
      return order === 'LE' ? vector.readUInt32LE(offset) : vector.readUInt32BE(offset);
    }
    return Number(order === 'LE' ? vector.readBigUInt64LE(offset) : vector.readBigUInt64BE(offset));
  };
  let { pageBytes, ticksPerSecond } = USUAL;
  for (let offset = 0; offset + 2 * wordBytes <= vector.length; offset += 2 * wordBytes) {
    const value = wordAt(offset + wordBytes);
    if (wordAt(offset) === AT_PAGESZ) pageBytes = value;
    if (wordAt(offset) === AT_CLKTCK) ticksPerSecond = value;
  }
  return { pageBytes, ticksPerSecond };
}
