// The first 24 chapters of Moby-Dick, a sentence a record, over and over.
import { readFileSync } from 'node:fs'

const sentences = readFileSync(new URL('../data/moby-dick.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

/** Record number `index` of the endless text. */
export function sentenceAt(index: number): string {
  return sentences[index % sentences.length] as string
}

export const sentenceCount: number = sentences.length
