import { test } from 'node:test'
import { drillBalances } from './balance-drill.ts'

test('lab 003, 6: balances stay exact through fifty kills of the calculator', t =>
  drillBalances(t, 50))
