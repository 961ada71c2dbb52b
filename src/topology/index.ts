export type * from './node.ts'
export type * from './processor-node.ts'
export type * from './topology.ts'
