import { existsSync, readFileSync } from 'node:fs';

const POLICY = '/proc/sys/kernel/yama/ptrace_scope';

/** Whether we may copy descriptors out of processes of our own that are not our children: some kernels allow that to root alone (ptrace(2)). */
export function mayCopyDescriptors(): boolean {
  if (process.getuid?.() === 0 || !existsSync(POLICY)) return true;
  return readFileSync(POLICY, 'utf8').trim() === '0';
}
