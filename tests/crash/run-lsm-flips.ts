// tsx tests/crash/run-lsm-flips.ts FLIPS SEED: prints what it found; exit 1 if anything is wrong.
import { flipLsm } from './lsm-flips.ts'

const [flips = '1000', seed = '1'] = process.argv.slice(2)
const report = await flipLsm(Number(flips), Number(seed))
for (const failure of report.failures.slice(0, 20)) console.log(failure)
console.log(`${report.flips} flips: ${report.found} found, ${report.harmless} harmless`)
console.log(`${report.flips - report.failures.length} passed, ${report.failures.length} failed`)
process.exitCode = report.failures.length === 0 ? 0 : 1
