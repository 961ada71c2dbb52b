// Users' functions as operators call them, with their types erased: the DSL has checked them, and one operator serves all
// types. This file and the NodeProcessor contract are the place where `any` is let in.
import type { RecordContext, StreamRecord } from '../record/index.ts'
import type { NodeProcessor } from '../topology/index.ts'

/** Makes an operator for one task. */
export type ProcessorSupplier = () => NodeProcessor

export type AnyRecord = StreamRecord<any, any>

/** On streams: value, key, and where the record came from. */
export type StreamFunction<R = any> = (value: any, key: any, record: RecordContext) => R
/** On tables: value and key; never called with null, except in transformValues. */
export type TableFunction<R = any> = (value: any, key: any) => R

export type Initializer = () => any
/** Returns the new aggregate; null deletes. */
export type Aggregator = (aggregate: any, value: any, key: any) => any
/** Joins the aggregates of two sessions. */
export type SessionMerger = (first: any, second: any, key: any) => any
/** A missing side is undefined. */
export type Joiner = (left: any, right: any, key: any) => any
export type GlobalJoiner = (left: any, right: any, key: any, globalKey: any) => any
