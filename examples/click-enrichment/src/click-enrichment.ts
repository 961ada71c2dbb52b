// Page views with who the visitor is (a table) and what they searched for within the next second (a stream).
import { StreamsBuilder, type Topic, type Topology, serdes, topic } from 'tidemill'

export interface PageView {
  readonly userId: number
  readonly page: string
}

export interface Search {
  readonly userId: number
  readonly terms: string
}

export interface Profile {
  readonly name: string
  readonly zip: string
  readonly interests: readonly string[]
}

export interface Activity {
  readonly user: string | null
  readonly zip: string | null
  readonly page: string
  readonly searched: string | null
}

const userId = serdes.int32
export const views: Topic<number, PageView> = topic('page-views', { key: userId, value: serdes.json<PageView>() })
export const searches: Topic<number, Search> = topic('searches', { key: userId, value: serdes.json<Search>() })
export const profiles: Topic<number, Profile> = topic('user-profiles', { key: userId, value: serdes.json<Profile>() })
export const activities: Topic<number, Activity> = topic('user-activity', {
  key: userId,
  value: serdes.json<Activity>(),
})

export default function clickEnrichment(): Topology {
  const builder = new StreamsBuilder()
  const profile = builder.table(profiles)
  builder
    .stream(views)
    .leftJoin(profile, (view, p) => ({ user: p?.name ?? null, zip: p?.zip ?? null, page: view.page }))
    .leftJoin(builder.stream(searches), (view, search) => ({ ...view, searched: search?.terms ?? null }), {
      before: 0, // only searches at the time of the view or up to a second after it
      after: '1s',
      grace: '500ms',
      value: serdes.json(), // of the left side, for its join store
    })
    .to(activities)
  return builder.build()
}
