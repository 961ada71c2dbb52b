// A process that was killed leaves its members in the group, and the group would wait for them until their session times out.
// The lock of the state directory proves that they are gone, so whoever comes back removes them at once (KIP-571).
import { TidemillError } from '../base/index.ts'
import type { Admin } from '../client/index.ts'

/** Removes the group's members that belong to this process id; returns how many there were. */
export async function removeOldMembers(admin: Admin, groupId: string, processId: string): Promise<number> {
  try {
    const [group] = await admin.describeGroups([groupId])
    if (group === undefined) return 0
    const idBytes = Buffer.from(processId.replaceAll('-', ''), 'hex')
    // The client id carries the process id unless the user chose another; the user data of a subscription always does.
    const old = group.members.filter(
      (member) =>
        member.groupInstanceId === undefined &&
        (member.clientId.includes(processId) || member.metadata.includes(idBytes)),
    )
    if (old.length > 0)
      await admin.removeMembers(
        groupId,
        old.map(({ memberId }) => ({ memberId })),
      )
    return old.length
  } catch (error) {
    // Without the right to do so, or on a broker that cannot, the group waits: slower, not wrong.
    if (error instanceof TidemillError) return 0
    throw error
  }
}
