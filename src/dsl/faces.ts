import { CogroupedStreamPlan } from './cogrouped-stream.ts'
import { GroupedStreamPlan } from './grouped-stream.ts'
import { GroupedTablePlan } from './grouped-table.ts'
import type { Faces } from './plan.ts'
import { StreamPlan } from './stream.ts'
import { TablePlan } from './table.ts'

export const faces: Faces = {
  stream: (fields) => new StreamPlan(fields),
  table: (fields) => new TablePlan(fields),
  groupedStream: (stream, repartitionName) => new GroupedStreamPlan(stream, repartitionName),
  groupedTable: (table, repartitionName) => new GroupedTablePlan(table, repartitionName),
  cogroupedStream: (plan, initializer, inputs) => new CogroupedStreamPlan(plan, initializer, inputs),
}
