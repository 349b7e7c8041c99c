// The layers of docs/architecture.md: arrows go down only, and there are no cycles.
const LAYERS = [
  'cli.ts',
  'commands',
  'doctor',
  'reload|daemon',
  'policy',
  'servers',
  'config|rpc',
  'os',
  'base',
];
const pathOf = (layer) => `^src/(${layer})(/|$)`;

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...LAYERS.slice(1).map((layer, index) => ({
      name: `nothing-up-from-${layer}`,
      severity: 'error',
      from: { path: pathOf(layer) },
      to: { path: pathOf(LAYERS.slice(0, index + 1).join('|')) },
    })),
    {
      name: 'only-commands-know-terminal',
      severity: 'error',
      from: { path: '^src/(doctor|reload|daemon|policy|servers|config|rpc|os|base)(/|$)' },
      to: { path: '^src/terminal/' },
    },
    {
      name: 'terminal-knows-types-only',
      severity: 'error',
      from: { path: '^src/terminal/' },
      to: {
        path: '^src/(commands|cli\\.ts|doctor|reload|daemon|policy|servers|config|rpc|os)(/|$)',
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
