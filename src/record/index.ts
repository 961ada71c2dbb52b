export * from './headers.ts'
export * from './stream-record.ts'
export * from './topic-partition.ts'
