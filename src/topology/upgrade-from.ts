// What the members of older releases in one group cannot read, by release (Java: UpgradeFromValues). The group's user data needs no
// entry here: its version is settled by probing (KIP-268), and every release since 2.4 gives up tasks cooperatively.

/** Releases of Kafka Streams that an application can be upgraded from, oldest first. */
export const UPGRADE_FROM_RELEASES = [
  '2.4',
  '2.5',
  '2.6',
  '2.7',
  '2.8',
  '3.0',
  '3.1',
  '3.2',
  '3.3',
  '3.4',
  '3.5',
  '3.6',
  '3.7',
  '3.8',
  '3.9',
  '4.0',
  '4.1',
  '4.2',
  '4.3',
] as const

/** Release of Kafka Streams that other members of the group still run, during a rolling change of releases. Java: upgrade.from. */
export type UpgradeFrom = (typeof UPGRADE_FROM_RELEASES)[number]

interface Upgrading {
  readonly upgradeFrom?: UpgradeFrom | undefined
}

/** Whether members read subscriptions of foreign-key joins in version 0 only: without the partition that asks (3.4, KAFKA-10336). */
export function readsOldSubscriptions({ upgradeFrom }: Upgrading): boolean {
  return isAtMost(upgradeFrom, '3.3')
}

/** Whether members read one value a record of a grouped table's repartition topic, not the old and the new one (3.5, KIP-904). */
export function readsOneValueAChange({ upgradeFrom }: Upgrading): boolean {
  return isAtMost(upgradeFrom, '3.4')
}

function isAtMost(release: UpgradeFrom | undefined, newest: UpgradeFrom): boolean {
  return release !== undefined && UPGRADE_FROM_RELEASES.indexOf(release) <= UPGRADE_FROM_RELEASES.indexOf(newest)
}
