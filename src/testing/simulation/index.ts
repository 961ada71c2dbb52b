export {
  type SimulateOptions,
  type SimulatedInput,
  type SimulatedRun,
  type SimulationRandom,
  type SimulationReport,
  shortestFaults,
  simulate,
  simulateSeed,
} from './simulate.ts'
export { FAULT_KINDS, type FaultKind } from './faults.ts'
export { type OutputCheck } from './oracle.ts'
