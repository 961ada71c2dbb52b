// Which version of the group's user data a member writes. Members of one group may be of several releases: one that writes a version
// newer than the leader knows is answered in the leader's own, with what all of them know, and joins again with that (version
// probing, KIP-268). When the old ones have gone, the leader's answer says so and the member goes up again.
import { SUBSCRIPTION_VERSION_LATEST } from './subscription-info.ts'

export class MetadataVersion {
  readonly #latest: number
  #used: number

  constructor(latest: number = SUBSCRIPTION_VERSION_LATEST) {
    this.#latest = latest
    this.#used = latest
  }

  get used(): number {
    return this.#used
  }

  get latest(): number {
    return this.#latest
  }

  /**
   * Takes note of what the leader's assignment says. Returns whether the member must join again, for the leader could not read it.
   *
   * @param received the version of the assignment
   * @param commonlySupported the newest that all members know
   */
  received(received: number, commonlySupported: number): boolean {
    const isProbed = received < this.#used
    const known = commonlySupported < 1 ? received : commonlySupported
    this.#used = Math.min(this.#latest, known)
    return isProbed
  }
}
