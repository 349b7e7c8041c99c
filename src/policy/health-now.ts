import type { ReloadOptions } from './facts.ts';
import { healthTerms } from './health.ts';
import { HEALTH_NOW } from './limits.ts';
import type { Step } from './plan.ts';
import { stepId } from './steps.ts';

/** The health check of the version that runs, where one was named. */
export function askHealthNow(options: ReloadOptions): readonly Step[] {
  const { healthUrls: urls } = options;
  if (urls.length === 0) return [];
  return [
    {
      id: stepId('health-now'),
      phase: 'prove',
      do: 'try-health',
      urls,
      ...healthTerms(options),
      limit: HEALTH_NOW,
    },
  ];
}
