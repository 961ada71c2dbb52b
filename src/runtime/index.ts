export * from './assignment/index.ts'
export * from './commit-metadata.ts'
export * from './names.ts'
