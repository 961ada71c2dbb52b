// Transactions for users: a function runs inside one, its end decides. One at a time; calls that come meanwhile wait their turn.
import { TidemillError } from '../base/index.ts'
import type { BatchingProducer } from './batching-producer.ts'
import type { OwnClient } from './create-client.ts'
import { GroupSubscription } from './group-subscription.ts'
import type {
  Acknowledgement,
  AnySink,
  ProducerSettings,
  RecordFor,
  Subscription,
  TransactionScope,
  TransactionalProducer,
} from './kafka.ts'
import { RecordSender, producerOptions } from './typed-producer.ts'

export class TypedTransactions implements TransactionalProducer {
  readonly #producer: BatchingProducer
  readonly #sender: RecordSender
  #turn: Promise<unknown> = Promise.resolve()
  #initialising: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(client: OwnClient, settings: ProducerSettings & { readonly transactionalId: string }) {
    this.#producer = client.producer(producerOptions(settings))
    this.#sender = new RecordSender(client, this.#producer, settings.unsentBytesMax)
  }

  transaction<R>(run: (scope: TransactionScope) => Promise<R> | R): Promise<R> {
    const turn = this.#turn.then(() => this.#run(run))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#turn.then(() => this.#producer.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run<R>(run: (scope: TransactionScope) => Promise<R> | R): Promise<R> {
    await this.#initialise()
    this.#producer.beginTransaction()
    const scope = new Scope(this.#producer, this.#sender)
    try {
      const result = await run(scope)
      scope.end()
      await this.#sender.flush()
      await this.#producer.commitTransaction()
      return result
    } catch (error) {
      scope.end()
      await this.#abort(error)
      throw error
    }
  }

  #initialise(): Promise<void> {
    this.#initialising ??= this.#producer.initTransactions().catch((error: unknown) => {
      this.#initialising = undefined
      throw error
    })
    return this.#initialising
  }

  // What went wrong before is what the caller must see: an abort that fails as well does not hide it.
  async #abort(cause: unknown): Promise<void> {
    const message = 'the transaction was aborted before this was sent'
    this.#sender.failWaiting(new TidemillError('transaction-aborted', message, { cause }))
    try {
      await this.#producer.abortTransaction()
    } catch (error) {
      if (!(error instanceof TidemillError))
        throw new AggregateError([cause, error], 'the abort failed as well', { cause: error })
    } finally {
      this.#producer.failures()
      this.#sender.forgetFailures()
    }
  }
}

class Scope implements TransactionScope {
  readonly #producer: BatchingProducer
  readonly #sender: RecordSender
  #isOver = false

  constructor(producer: BatchingProducer, sender: RecordSender) {
    this.#producer = producer
    this.#sender = sender
  }

  send<T extends AnySink>(topic: T, record: RecordFor<T>): Promise<Acknowledgement> {
    if (this.#isOver) return Promise.reject(overError())
    return this.#sender.send(topic, record)
  }

  async sendOffsets(subscription: Subscription): Promise<void> {
    if (this.#isOver) throw overError()
    if (!(subscription instanceof GroupSubscription)) {
      throw new TidemillError('invalid-argument', 'sendOffsets() takes what subscribe() returned')
    }
    await this.#producer.sendOffsets(subscription.givenOut(), subscription.groupMetadata)
  }

  end(): void {
    this.#isOver = true
  }
}

function overError(): TidemillError {
  return new TidemillError('invalid-argument', 'the transaction is over: await what you send inside of the function')
}
