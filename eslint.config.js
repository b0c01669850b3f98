import tseslint from 'typescript-eslint'

const world = [
  { object: 'Date', property: 'now', message: 'Time comes through host.clock.' },
  { object: 'Math', property: 'random', message: 'Randomness comes through host.random.' },
  {
    object: 'process',
    property: 'env',
    message: 'The environment is read in host/node.',
  },
]
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map(name => ({
  name,
  message: 'Timers and clocks come through host.clock.',
}))

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'data/',
      '.cache/',
      '**/*.mjs',
      '**/*.cjs',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['test', 'describe', 'it', 'before', 'after', 'beforeEach', 'afterEach'],
              package: 'node:test',
            },
          ],
        },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['warn', 500],
      'max-lines-per-function': ['warn', 70],
      complexity: ['warn', 15],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/host/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': ['error', ...world],
      'no-restricted-globals': ['error', ...timers],
    },
  },
  { files: ['src/testing/**'], rules: { 'no-restricted-properties': 'off' } },
)
