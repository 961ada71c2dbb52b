// run-one.ts NAME ROUNDS: measures one benchmark of the task, and prints it and U as JSON. run.ts gives each a process of its own.
import { type Bench, measure } from './bench.ts'
import { operatorBenches } from './operators.ts'
import { ORDER_TEXT } from './order.ts'
import { taskBenches } from './task.ts'

const UNIT_RECORDS = 20_000

let sink = 0

const unit: Bench = {
  name: 'U',
  records: UNIT_RECORDS,
  round: () => {
    for (let i = 0; i < UNIT_RECORDS; i++) sink += (JSON.parse(ORDER_TEXT) as { readonly quantity: number }).quantity
  },
}

const [name = '', rounds] = process.argv.slice(2)
const make = { ...taskBenches, ...operatorBenches }[name]
if (make === undefined) throw new RangeError(`no benchmark is called ${name}`)
const measured = await measure([make()], unit, rounds === undefined ? undefined : Number(rounds))
// What was summed up is used, so that nothing is optimised away.
if (sink === 0) throw new Error('nothing was parsed')
console.log(JSON.stringify(measured))
