export * from './assign-tasks.ts'
export * from './assignment-info.ts'
export * from './subscription-info.ts'
export * from './task-id.ts'
