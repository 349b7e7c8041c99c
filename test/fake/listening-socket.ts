import type { FakeProcess } from './process.ts';

/** A socket that listens, for as long as any process has it open. */
export class ListeningSocket {
  readonly address: string;
  readonly inode: number;
  /** Who has it open. */
  readonly holders = new Set<FakeProcess>();
  /** Who takes connections from it at this moment. */
  readonly acceptors = new Set<FakeProcess>();

  constructor(address: string, inode: number) {
    this.address = address;
    this.inode = inode;
  }
}
