import tseslint from 'typescript-eslint';
import { FILE_ACCESS } from './file-access.js';

const GO_THROUGH =
  'Paths of programs are touched with their rights: Os.files, src/os/as-user, src/os/guarded-place.ts. Exceptions with their reasons: file-access.js.';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.venv/', '.cache/', 'fixtures/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/array-type': ['error', { default: 'array-simple' }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only cli.ts exits.' },
        { object: 'process', property: 'kill', message: 'Only os/ sends signals, by identity.' },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/cli.ts', 'src/os/**', 'test/**'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['test/**'], rules: { 'no-console': 'off' } },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/os/**', ...Object.keys(FILE_ACCESS)],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            ...['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
              name,
              message: GO_THROUGH,
            })),
            ...['net', 'node:net', 'http', 'node:http'].map((name) => ({
              name,
              importNames: ['createServer', 'Server'],
              allowTypeImports: true,
              message: GO_THROUGH,
            })),
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression[source.value=/^(node:)?fs/]', message: GO_THROUGH },
        {
          selector: "CallExpression[callee.property.name='getBuiltinModule']",
          message: GO_THROUGH,
        },
      ],
    },
  },
);
