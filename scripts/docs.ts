// npm run docs [-- PAGE...]
// Writes into docs/*.md what is derived: what the programs print, signatures, tables of options, drawings. `npm test` says where
// a page is out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawings } from '../tests/docs/drawings.ts'
import { docsFolder, expectedPage, readPages } from '../tests/docs/pages.ts'

const only = process.argv.slice(2)
let changed = 0
for (const [name, text] of Object.entries(drawings())) {
  const file = join(docsFolder, name)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  writeFileSync(file, text)
  console.log(`wrote docs/${name}`)
  changed++
}
for (const page of readPages().filter(({ name }) => only.length === 0 || only.includes(name))) {
  const text = await expectedPage(page)
  if (text === page.text) continue
  writeFileSync(join(docsFolder, page.name), text)
  console.log(`wrote docs/${page.name}`)
  changed++
}
console.log(`${changed} changed`)
