// Made-up visitors: profiles, page views and searches from a seeded generator, some out of order and some too late.
import type { PageView, Profile, Search } from './click-enrichment.ts'

export type Click =
  | { readonly kind: 'profile'; readonly userId: number; readonly value: Profile; readonly atMs: number }
  | { readonly kind: 'view'; readonly userId: number; readonly value: PageView; readonly atMs: number }
  | { readonly kind: 'search'; readonly userId: number; readonly value: Search; readonly atMs: number }

const NAMES = [
  'Ada',
  'Alan',
  'Barbara',
  'Edsger',
  'Frances',
  'Grace',
  'Jim',
  'Katherine',
  'Leslie',
  'Margaret',
  'Niklaus',
  'Radia',
]
const PAGES = ['/', '/news', '/products', '/products/42', '/cart', '/help', '/about', '/jobs']
const TERMS = [
  'rain jacket',
  'tide tables',
  'mill stones',
  'tent',
  'sea kayak',
  'paddle',
  'wool socks',
  'map of Brittany',
]
const INTERESTS = ['sailing', 'hiking', 'history', 'engines', 'baking', 'birds']
export const MS_PER_CLICK = 100
const OUT_OF_ORDER_MS = 400
const TOO_LATE_MS = 60_000

/** Click number `index` of the endless feed; the same for the same index in every run. Users 0-11 have profiles, 12-15 have none. */
export function clickAt(index: number): Click {
  if (index < NAMES.length) return profileOf(index, index)
  const userId = pick(index, 1, NAMES.length + 4)
  const atMs = eventTime(index)
  const dice = pick(index, 2, 100)
  if (dice < 3) return profileOf(userId % NAMES.length, index)
  if (dice < 35)
    return { kind: 'search', userId, value: { userId, terms: TERMS[pick(index, 3, TERMS.length)] as string }, atMs }
  return { kind: 'view', userId, value: { userId, page: PAGES[pick(index, 3, PAGES.length)] as string }, atMs }
}

/** Mostly in order; one in ten up to 400 ms early, one in a hundred a minute late. */
function eventTime(index: number): number {
  const inOrderMs = index * MS_PER_CLICK
  const dice = pick(index, 4, 100)
  if (dice === 0) return Math.max(0, inOrderMs - TOO_LATE_MS)
  return dice <= 10 ? Math.max(0, inOrderMs - pick(index, 5, OUT_OF_ORDER_MS)) : inOrderMs
}

function profileOf(userId: number, index: number): Click {
  const interests = INTERESTS.filter((_, place) => pick(index, 10 + place, 3) === 0)
  const zip = String(10_000 + pick(index, 6, 89_999))
  return {
    kind: 'profile',
    userId,
    value: { name: NAMES[userId] as string, zip, interests },
    atMs: index * MS_PER_CLICK,
  }
}

/** An integer in [0, below) that depends on the index and the stream alone. */
function pick(index: number, stream: number, below: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) % below
}
