// What EndTxn does, by state, direction and epoch. Under TV2 (KIP-890) a request with the epoch before the current one is a retry of the
// end that took the current one; an abort without a transaction takes a new epoch too.
//
//   TV2, no transaction open:   abort retry     abort            commit retry    commit
//     Empty                     fenced          end (new epoch)  fenced          invalid state
//     CompleteAbort             done            end (new epoch)  invalid state   invalid state
//     CompleteCommit            invalid state   end (new epoch)  done            invalid state
import { ERROR } from '../../protocol/index.ts'
import type { ProducerIdentity, Transaction } from './transaction.ts'

export type EndDecision =
  | { readonly kind: 'end' }
  /** It has ended that way already. */
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly errorCode: number }

const END: EndDecision = { kind: 'end' }
const DONE: EndDecision = { kind: 'done' }
const FENCED: EndDecision = { kind: 'refused', errorCode: ERROR.PRODUCER_FENCED }
const INVALID_STATE: EndDecision = { kind: 'refused', errorCode: ERROR.INVALID_TXN_STATE }
const CONCURRENT: EndDecision = { kind: 'refused', errorCode: ERROR.CONCURRENT_TRANSACTIONS }
const INVALID_MAPPING: EndDecision = { kind: 'refused', errorCode: ERROR.INVALID_PRODUCER_ID_MAPPING }
const EPOCH_BEFORE_NEW_ID = 32_766

export function endDecision(
  known: Transaction,
  producer: ProducerIdentity,
  end: { readonly isCommit: boolean; readonly isV2: boolean },
): EndDecision {
  const isRetry = end.isV2 && isRetryOfEnd(known, producer)
  if (known.producerId !== producer.producerId && !isRetry) return INVALID_MAPPING
  if (known.epoch !== producer.producerEpoch && !isRetry) return FENCED
  return end.isV2 ? decideV2(known, end.isCommit, isRetry) : decideV1(known, end.isCommit)
}

/** The client never heard of the epoch (or producer id) that its own request took. */
function isRetryOfEnd(known: Transaction, producer: ProducerIdentity): boolean {
  if (producer.producerId === known.producerId) return producer.producerEpoch === known.epoch - 1
  const isBefore = producer.producerId === known.previousProducerId && producer.producerEpoch === EPOCH_BEFORE_NEW_ID
  return isBefore && known.epoch === 0
}

function decideV1(known: Transaction, isCommit: boolean): EndDecision {
  switch (known.state) {
    case 'Ongoing':
      return END
    case 'PrepareCommit':
    case 'PrepareAbort':
      return isCommit === (known.state === 'PrepareCommit') ? CONCURRENT : INVALID_STATE
    case 'CompleteCommit':
    case 'CompleteAbort':
      return isCommit === (known.state === 'CompleteCommit') ? DONE : INVALID_STATE
    case 'Empty':
    case 'Dead':
      return INVALID_STATE
  }
}

function decideV2(known: Transaction, isCommit: boolean, isRetry: boolean): EndDecision {
  switch (known.state) {
    case 'Ongoing':
      return isRetry ? FENCED : END
    case 'PrepareCommit':
    case 'PrepareAbort':
      return isCommit === (known.state === 'PrepareCommit') ? CONCURRENT : INVALID_STATE
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (isRetry) return isCommit === (known.state === 'CompleteCommit') ? DONE : INVALID_STATE
      return isCommit ? INVALID_STATE : END
    case 'Empty':
      if (isRetry) return FENCED
      return isCommit ? INVALID_STATE : END
    case 'Dead':
      return INVALID_STATE
  }
}
