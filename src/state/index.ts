export type * from './byte-store.ts'
export type * from './definition.ts'
export type * from './faces.ts'
export type * from './state-store.ts'
