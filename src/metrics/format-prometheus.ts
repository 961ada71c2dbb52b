// The text that Prometheus scrapes (exposition format 0.0.4).
import type { Labels, MetricValue } from './metrics-registry.ts'

/**
 * Writes metrics in Prometheus' text form.
 *
 * @example
 * console.log(formatPrometheus(app.metrics()))
 */
export function formatPrometheus(values: readonly MetricValue[]): string {
  const byName = new Map<string, MetricValue[]>()
  for (const value of values) byName.set(value.name, [...(byName.get(value.name) ?? []), value])
  const lines: string[] = []
  for (const [name, group] of byName) {
    const [first] = group as [MetricValue, ...MetricValue[]]
    if (first.description !== undefined)
      lines.push(`# HELP ${name} ${first.description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`)
    lines.push(`# TYPE ${name} ${first.kind}`)
    for (const value of group) lines.push(...linesOf(value))
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function linesOf({ name, labels, value, distribution }: MetricValue): readonly string[] {
  if (distribution === undefined) return [`${name}${formatLabels(labels)} ${formatNumber(value)}`]
  const buckets = distribution.buckets.map(
    ([bound, count]) => `${name}_bucket${formatLabels({ ...labels, le: formatNumber(bound) })} ${count}`,
  )
  const suffix = formatLabels(labels)
  return [
    ...buckets,
    `${name}_sum${suffix} ${formatNumber(distribution.sum)}`,
    `${name}_count${suffix} ${distribution.count}`,
  ]
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
