export * from './checkpoint-file.ts'
export * from './position-bytes.ts'
export * from './versioned-rows.ts'
