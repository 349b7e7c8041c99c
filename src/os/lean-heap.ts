import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 keep its heap small rather than its collections few: for a process that does little for a long time. With 300 programs a daemon takes less
 * than half of the memory. Both flags are read at each collection, so that they may be set while V8 runs: the young generation stays at its first
 * size (src/heap/new-spaces.cc, Grow), and the old one grows slowly (src/heap/heap.cc, ShouldOptimizeForMemoryUsage).
 */
export function keepHeapLean(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}
