// Every error code of the product with what it means. A test ties this table to the codes that the source uses.
// Add a line where you throw a new one; keep it sorted.

export const ERROR_CODES = {
  'address-not-available': 'The broker cannot listen on an address; the message says which and why.',
  'already-started': 'start() was called twice, or after close().',
  'assignment-failed': 'The leader of the group could not assign tasks; its own messages say why.',
  'async-step-aborted': 'An asynchronous step was stopped by a rebalance or shutdown; its record was not committed.',
  'async-step-timed-out': 'An asynchronous step did not settle within its time-out, retries included.',
  'authentication-failed':
    'A broker does not accept who the client says it is, or could not prove who it is itself; the message says why.',
  'broker-disconnected':
    'A connection to a broker ended while requests were on their way. Made again by itself, with a limit.',
  'broker-not-reachable':
    'No broker answers at the addresses that are known. Is it running, and are the addresses right?',
  'broker-not-ready':
    'A broker answered that it cannot serve the request now (a new leader, a coordinator that loads). Tried again, with a limit.',
  'broker-refused': 'A broker refused a request for good; the message names the error of Kafka.',
  'buffer-full': 'A suppress buffer reached its limit and is told to shut down then.',
  'client-closed': 'The client, or what was made from it, was used after close().',
  'corrupt-log': 'A file of the broker holds bytes that it did not write; the message says where.',
  'corrupt-records': 'Fetched records fail their checksum or do not follow the format.',
  'delivery-timed-out':
    'Records were not acknowledged within the delivery time-out. They may or may not have been written.',
  'deserialization-failed':
    'The bytes of a key or value are not what its serde reads; the message names the topic and the serde.',
  'directory-locked': 'Another process uses the directory; the message says which.',
  'disk-failed': 'The operating system refused an operation on a file or directory; the message says which and why.',
  'disk-full': 'There is no space left on the disk. Free some; nothing that was acknowledged is lost.',
  'file-exists': 'A file that should be new exists already.',
  'group-in-use': 'A group has members where it must have none; the message says which.',
  'group-member-fenced':
    'This member is no longer in its group: it was silent for too long, or another took its place.',
  'group-not-found': 'A consumer group that is named does not exist in the cluster.',
  'group-not-joined': 'The group does not take this member; the message says which of its settings do not fit.',
  'internal-topic-mismatch': 'A changelog or repartition topic that exists does not fit the topology.',
  'invalid-argument': 'A value that was passed is not valid; the message says which values are.',
  'invalid-config': 'An option has a value that it cannot have, or options contradict each other.',
  'invalid-partition': 'A partition function gave a partition that the topic does not have.',
  'invalid-timestamp': 'The event time of a record is negative or not a number.',
  'invalid-topology': 'The topology has mistakes; the message lists all of them with their places.',
  'invalid-wire-data': 'Bytes from a peer or a file do not follow the format.',
  'log-not-cut': 'A partition takes no more writes because a failed write could not be undone; restart the broker.',
  'module-not-loaded': 'A module with a topology could not be imported; the message says why.',
  'no-topology': 'A module does not export a topology; the message lists what it exports.',
  'not-authorized': 'The broker does not allow this user what was asked; the message says what.',
  'not-copartitioned': 'Topics that are joined have different numbers of partitions.',
  'not-running': 'The application, or the thread that was asked, does not run.',
  'null-key': 'A record has no key where one is needed.',
  'offset-out-of-range': 'A position is no longer in the log, and no place to go on from was given.',
  'port-in-use': 'Another process listens on the port. Stop it, or choose another port.',
  'processing-failed': 'A step of the topology threw; the message names the node, topic, partition and offset.',
  'producer-fenced': 'A newer producer with the same transactional id is at work: this one must not write any more.',
  'producer-queue-full':
    'More was sent than the broker has acknowledged, beyond the limit. Wait for acknowledgements now and then.',
  'production-failed': 'Records were refused by the broker, or not acknowledged in time, and the handler said fail.',
  'record-too-large':
    "A record or batch is larger than the topic allows. Raise the topic's `max.message.bytes`, or write less.",
  'request-not-supported':
    'The broker is too old (or too new) for a request; the message says which versions it offers.',
  'request-timed-out': 'A broker did not answer a request in time.',
  'serialization-failed': 'A key or value is not what its serde writes; the message names the topic and the serde.',
  'shutdown-requested': 'An instance of the application asked all of them to shut down.',
  'simulation-failed': 'A simulated run broke a promise; the message says which, with the seed and the faults.',
  'store-corrupt':
    'A file of a state store is not what was written. The store is set aside and restored from its changelog; check the disk.',
  'store-too-new': 'A state store was written by a newer version. Upgrade, or remove the store to have it restored.',
  'store-unavailable': 'A store cannot be asked now; the message says why.',
  'thread-died': 'A worker thread ended without saying why.',
  'tls-failed':
    'A broker and the client do not agree on TLS: a certificate that is not trusted, or a port without TLS; the message says what to set.',
  'topic-not-found': 'A topic, or a partition of it, does not exist. The message lists topics with similar names.',
  'transaction-aborted': 'Something failed inside the transaction: abort it, nothing of it will be seen.',
  'unknown-child': 'A processor forwards to a child that it does not have.',
  'unknown-store': 'A processor asks for a store that it is not connected to.',
  'unsafe-change': 'A change of a topology would lose state or records; the plan says which, and what to do.',
  'watch-overflow': 'Changes came for more keys than a live query can keep waiting.',
} as const

/** What a {@link TidemillError} is about; each code and its meaning stands in `docs/errors.md`. */
export type ErrorCode = keyof typeof ERROR_CODES
