/** supervisord's defaults for a program (supervisor/options.py). */
export const SUPERVISOR_DEFAULTS = {
  priority: 999,
  startsecs: 1,
  startretries: 3,
  stopwaitsecs: 10,
  autorestart: 'unexpected',
} as const;
