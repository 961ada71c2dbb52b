// tsx tests/crash/run-lsm-crash.ts IMAGES SEED: prints what it found; exit 1 if anything is wrong.
import { crashLsm } from './lsm-crash.ts'

const [images = '1000', seed = '1'] = process.argv.slice(2)
const report = await crashLsm({ images: Number(images), seed: Number(seed) })
for (const failure of report.failures) console.log(failure)
console.log(`${report.images} images of ${report.workloads} workloads`)
console.log(`${report.images - report.failures.length} passed, ${report.failures.length} failed`)
process.exitCode = report.failures.length === 0 ? 0 : 1
