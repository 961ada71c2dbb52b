export type * from './contract.ts'
export type * from './transport.ts'
