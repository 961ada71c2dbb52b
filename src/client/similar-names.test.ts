import { expect, test } from 'vitest'
import { similarNames } from './similar-names.ts'

test('similar names are few edits away or contain one another, nearest first, at most three', () => {
  const names = ['orders', 'orders-eu', 'payments', 'order', 'borders', 'x']
  expect(similarNames('ordres', names)).toEqual(['order', 'orders'])
  expect(similarNames('orders', ['order-lines', 'orders-eu', 'ORDERS', 'a'])).toEqual(['ORDERS', 'orders-eu'])
  expect(similarNames('customers', names)).toEqual([])
})
