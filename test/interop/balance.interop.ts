/** Lab 003, section 6, the exact pipeline (row S19); `npm run test:drill` kills fifty times. */
import { test } from 'node:test'
import { drillBalances } from '../drill/balance-drill.ts'

test('lab 003, 6: the exact pipeline of examples/balance stays exact when its calculator is killed', t =>
  drillBalances(t, 3))
