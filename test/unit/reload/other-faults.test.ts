import { walkThrough } from './fault-walk.ts';

walkThrough(({ isGapless }) => !isGapless);
