// Sorts small numbers by small numbers. By digits, from the lowest: hundreds of thousands of them in a tenth of the time that
// comparing takes.

const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
const DIGIT_MASK = DIGITS - 1
/** Up to so many are compared. */
const COMPARED_MAX = 128

/** Returns the items ascending by their numbers 0..max; both arrays may be used up. */
export function sortBy(numbers: Int32Array, items: Int32Array, max: number): Int32Array {
  if (items.length <= COMPARED_MAX) return sortByComparing(numbers, items)
  let fromNumbers: Int32Array = numbers
  let fromItems: Int32Array = items
  let toNumbers: Int32Array = new Int32Array(items.length)
  let toItems: Int32Array = new Int32Array(items.length)
  for (let shift = 0; shift < 32 && max >>> shift > 0; shift += DIGIT_BITS) {
    const places = placesOf(fromNumbers, shift)
    for (let i = 0; i < fromItems.length; i++) {
      const number = fromNumbers[i] as number
      const digit = (number >>> shift) & DIGIT_MASK
      const place = places[digit] as number
      places[digit] = place + 1
      toNumbers[place] = number
      toItems[place] = fromItems[i] as number
    }
    ;[fromNumbers, toNumbers] = [toNumbers, fromNumbers]
    ;[fromItems, toItems] = [toItems, fromItems]
  }
  return fromItems
}

/** Where the first number with each digit goes. */
function placesOf(numbers: Int32Array, shift: number): Int32Array {
  const places = new Int32Array(DIGITS)
  for (let i = 0; i < numbers.length; i++) {
    const digit = ((numbers[i] as number) >>> shift) & DIGIT_MASK
    places[digit] = (places[digit] as number) + 1
  }
  let before = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = places[digit] as number
    places[digit] = before
    before += count
  }
  return places
}

function sortByComparing(numbers: Int32Array, items: Int32Array): Int32Array {
  const order = Array.from(items.keys()).sort((a, b) => (numbers[a] as number) - (numbers[b] as number))
  return Int32Array.from(order, (at) => items[at] as number)
}
