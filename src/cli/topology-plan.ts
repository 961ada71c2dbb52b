// What a change of a topology does to an application that has run: which stores, internal topics and tasks it keeps, rebuilds or leaves
// behind, and where it is unsafe. State is found again by its name; a name that was generated from a place in the topology moves
// when something is put in before it.
import type { Topology, SubTopology, InternalTopic } from '../topology/index.ts'
import type { StoreDefinition } from '../state/index.ts'
import { compareFormats } from './compare-formats.ts'

export type Verdict = 'keeps' | 'new' | 'rebuilds' | 'orphans' | 'unsafe'

export interface PlanRow {
  readonly what: 'store' | 'changelog' | 'repartition' | 'tasks'
  readonly name: string
  readonly verdict: Verdict
  /** What happens, and what to do; '' where nothing does. */
  readonly why: string
}

/** Java's generated names end in the number of the node. */
const GENERATED = /-\d{10}(-|$)/

export function planChange(before: Topology, after: Topology): readonly PlanRow[] {
  return [...planStores(before, after), ...planTopics(before, after), ...planTasks(before, after)]
}

// ---- stores ----

interface Placed {
  readonly store: StoreDefinition
  readonly home: SubTopology
}

function planStores(before: Topology, after: Topology): readonly PlanRow[] {
  const old = storesOf(before)
  const now = storesOf(after)
  const names = [...new Set([...old.keys(), ...now.keys()])]
  return names.map((name) => {
    const row = (verdict: Verdict, why: string): PlanRow => ({ what: 'store', name, verdict, why })
    const was = old.get(name)
    const is = now.get(name)
    if (was === undefined && is !== undefined) return row('new', 'it begins empty, and sees what comes from now on')
    if (was === undefined || is === undefined) return row(...goneStore(name, old.get(name), before, after))
    return row(...changedStore(was, is))
  })
}

/** A store that the new topology does not have: left behind, or under another generated name. */
function goneStore(name: string, was: Placed | undefined, before: Topology, after: Topology): [Verdict, string] {
  const known = storesOf(before)
  const prefix = name.replace(/-\d{10}.*$/, '')
  const heir = [...storesOf(after).values()].find(
    ({ store }) =>
      store.kind === was?.store.kind &&
      !known.has(store.name) &&
      GENERATED.test(store.name) &&
      store.name.startsWith(prefix),
  )
  if (GENERATED.test(name) && heir !== undefined) {
    return [
      'unsafe',
      `its name was generated and is '${heir.store.name}' now, which begins empty: give it a name of its own ({ store: 'NAME' }), or keep the old one by naming it '${name}'`,
    ]
  }
  return [
    'orphans',
    was?.store.logging === true ? 'nobody reads it any more: delete its changelog' : 'nobody reads it any more',
  ]
}

function changedStore(was: Placed, is: Placed): [Verdict, string] {
  const unsafe = storeConflict(was, is)
  if (unsafe !== undefined) return ['unsafe', unsafe]
  const { store: a } = was
  const { store: b } = is
  if (a.logging && !b.logging)
    return ['orphans', 'it has no changelog any more: what is here stays, and is lost when a task moves']
  if (a.type !== b.type || a.format !== b.format) {
    return [
      'rebuilds',
      `${a.type}, ${a.format} becomes ${b.type}, ${b.format}: restored from its changelog at the next start`,
    ]
  }
  if (was.home.id !== is.home.id && !a.isGlobal) {
    return [
      'rebuilds',
      `its tasks are ${is.home.id}_* instead of ${was.home.id}_*: restored from its changelog at the next start`,
    ]
  }
  return ['keeps', '']
}

function storeConflict(was: Placed, is: Placed): string | undefined {
  const { store: a } = was
  const { store: b } = is
  const rename = 'give it another name, or begin again with tidemill reset'
  if (a.kind !== b.kind) return `it was of kind ${a.kind} and is ${b.kind}, which cannot read it: ${rename}`
  if (a.kind === 'window' && b.kind === 'window' && a.windowSizeMs !== b.windowSizeMs) {
    return `its windows were ${a.windowSizeMs} ms long and are ${b.windowSizeMs} ms: old and new ones would be mixed: ${rename}`
  }
  if (compareFormats(a.key, b.key) === 'different') return `its keys are written in another format: ${rename}`
  if (compareFormats(a.value, b.value) === 'different') return `its values are written in another format: ${rename}`
  if (!a.logging && b.logging) {
    return `it gets a changelog, which does not have what the store holds already: a task that moves would lose that: ${rename}`
  }
  if ((a.sourceTopic ?? '') !== (b.sourceTopic ?? '')) {
    return `its changelog was ${a.sourceTopic ?? 'its own'} and is ${b.sourceTopic ?? 'its own'}: ${rename}`
  }
  const inputs = inputNames(was.home)
  if (GENERATED.test(a.name) && inputs !== inputNames(is.home)) {
    return `its name was generated, and its part of the topology reads ${inputNames(is.home)} instead of ${inputs}: it may be another's state now: name stores explicitly`
  }
  return undefined
}

function storesOf(topology: Topology): ReadonlyMap<string, Placed> {
  return new Map(
    topology.subTopologies.flatMap((home) => home.stores.map((store) => [store.name, { store, home }] as const)),
  )
}

// ---- internal topics ----

function planTopics(before: Topology, after: Topology): readonly PlanRow[] {
  const old = topicsOf(before)
  const now = topicsOf(after)
  return [...new Set([...old.keys(), ...now.keys()])].map((name) => {
    const was = old.get(name)
    const is = now.get(name)
    const what = (is ?? was)?.kind === 'changelog' ? 'changelog' : 'repartition'
    return { what, name, ...topicVerdict(name, was, is, what) }
  })
}

function topicVerdict(
  name: string,
  was: InternalTopic | undefined,
  is: InternalTopic | undefined,
  what: 'changelog' | 'repartition',
): { readonly verdict: Verdict; readonly why: string } {
  if (was === undefined) return { verdict: 'new', why: 'it is made at the next start' }
  if (is === undefined) {
    if (what === 'changelog') return { verdict: 'orphans', why: 'nobody writes to it any more: delete it' }
    const advice = GENERATED.test(name) ? ', and name it explicitly ({ name })' : ''
    return {
      verdict: 'unsafe',
      why: `what is in it and not processed would be lost: stop the input, wait until its lag is 0 (tidemill status), then change${advice}`,
    }
  }
  if (was.partitions !== is.partitions) {
    const text = (count: number | undefined): string => (count === undefined ? 'as many as upstream' : String(count))
    return {
      verdict: 'unsafe',
      why: `its partitions were ${text(was.partitions)} and are ${text(is.partitions)}: keys would move away from their state: give it another name, or begin again with tidemill reset`,
    }
  }
  const settings = Object.keys({ ...was.config, ...is.config }).filter((key) => was.config[key] !== is.config[key])
  if (settings.length === 0) return { verdict: 'keeps', why: '' }
  return { verdict: 'keeps', why: `it keeps its old ${settings.join(', ')}: change them on the broker` }
}

function topicsOf(topology: Topology): ReadonlyMap<string, InternalTopic> {
  return new Map(
    topology.subTopologies
      .flatMap(({ repartitionTopics, changelogTopics }) => [...repartitionTopics, ...changelogTopics])
      .map((each) => [each.name, each]),
  )
}

// ---- tasks ----

function planTasks(before: Topology, after: Topology): readonly PlanRow[] {
  const old = new Map(before.subTopologies.map((each) => [inputNames(each), each]))
  const rows = after.subTopologies.map((each): PlanRow => {
    const inputs = inputNames(each)
    const was = old.get(inputs)
    old.delete(inputs)
    const name = each.isGlobal ? 'global' : `${each.id}_*`
    if (was === undefined) {
      return {
        what: 'tasks',
        name,
        verdict: 'new',
        why: `they read ${inputs}, each input from its committed offset, else from its start`,
      }
    }
    if (was.id === each.id) return { what: 'tasks', name, verdict: 'keeps', why: '' }
    return {
      what: 'tasks',
      name,
      verdict: 'rebuilds',
      why: `they were ${was.id}_*: their state is restored under the new number`,
    }
  })
  const gone = [...old].map(([inputs, each]): PlanRow => {
    const name = each.isGlobal ? 'global' : `${each.id}_*`
    return {
      what: 'tasks',
      name: `${name} (before)`,
      verdict: 'orphans',
      why: `nobody reads ${inputs} in one task any more`,
    }
  })
  return [...rows, ...gone]
}

function inputNames({ sourceTopics, nodes }: SubTopology): string {
  const patterns = nodes.flatMap((node) =>
    node.kind === 'source' && node.pattern !== undefined ? [String(node.pattern)] : [],
  )
  return [...sourceTopics.map(({ name }) => name), ...patterns].toSorted().join(', ')
}
