export * from './format-prometheus.ts'
export * from './metrics-registry.ts'
