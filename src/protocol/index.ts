export type * from './record-batch.ts'
