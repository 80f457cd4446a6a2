import { SluiceError, type Place } from '../../errors.js'
import { outOfRange } from '../out-of-range.js'
import { code, codeName, isFencing } from './codes.js'

/** The error for an answer that asking again will not change. `what` was refused. */
export function refusal(error: number, what: string, place: Place, message: string | null = null): SluiceError {
  const said = message === null || message === '' ? '' : `: ${message}`
  const text = `${what}: the broker answered ${codeName(error)}${said}`
  if (isFencing(error)) return new SluiceError('FENCED', text, { place, hint: fencedHint(error) })
  switch (error) {
    case code.messageTooLarge:
    case code.recordListTooLarge:
      return new SluiceError('RECORD_TOO_LARGE', text, {
        place,
        hint: 'raise max.message.bytes of the topic (the brokers: message.max.bytes), or lower maxBatchBytes of kafka() below it',
      })
    case code.offsetOutOfRange:
      return outOfRange(text, place)
    case code.unknownTopicOrPartition:
      return new SluiceError('UNKNOWN_TOPIC', text, { place, hint: 'create the topic, or correct its name' })
    case code.corruptMessage:
      return new SluiceError('CORRUPT', text, { place, hint: "look into the broker's log; its disk may be damaged" })
    case code.invalidTopic:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: 'a name has 1 to 249 letters, digits, dots, underscores and hyphens, and is not "." or ".."',
      })
    case code.offsetMetadataTooLarge:
      return new SluiceError('BAD_ARGUMENT', text, { place, hint: 'raise offset.metadata.max.bytes of the brokers' })
    case code.invalidSessionTimeout:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: 'choose a sessionTimeout between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers',
      })
    case code.invalidTransactionTimeout:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: 'choose a transactionTimeout not above transaction.max.timeout.ms of the brokers',
      })
    case code.inconsistentGroupProtocol:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: 'the group has members of another kind: give the application an id of its own, or stop them',
      })
    case code.invalidTimestamp:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: 'the topic takes times up to message.timestamp.before.max.ms before now and message.timestamp.after.max.ms after it: raise them, or correct the times',
      })
    case code.policyViolation:
    case code.invalidPartitions:
    case code.invalidConfig:
    case code.invalidGroupId:
    case code.invalidRecord:
      return new SluiceError('BAD_ARGUMENT', text, {
        place,
        hint: "the broker's settings for the topic do not allow it",
      })
    case code.unsupportedVersion:
      return new SluiceError('UNSUPPORTED', text, { place, hint: 'use a broker of Kafka 2.8 or later' })
  }
  const rights = rightsOf.get(error)
  return new SluiceError('BROKER', text, {
    place,
    hint:
      rights === undefined
        ? "look into the broker's log"
        : `allow it with kafka-acls, for the user that the sasl option names: ${rights}`,
  })
}

const own = 'that begin with the application id'

/** What a pipeline needs; docs/reference.md says it by resource. */
const rightsOf: ReadonlyMap<number, string> = new Map([
  [
    code.topicAuthorizationFailed,
    `Read on topics that it reads, Write on those that it writes, and on those ${own} Create, Read, Write, DescribeConfigs and Delete`,
  ],
  [code.groupAuthorizationFailed, 'Read on the group, which is the application id'],
  [code.transactionalIdAuthorizationFailed, `Write on the transactional ids ${own}`],
  [code.clusterAuthorizationFailed, 'IdempotentWrite on the cluster'],
])

/** A right is missing. */
export function isDenied(error: number): boolean {
  return rightsOf.has(error)
}

function fencedHint(error: number): string {
  return error === code.fencedInstanceId
    ? 'another process runs with the same instance id: give each its own'
    : 'another instance has taken over, or this one was silent for too long; it starts again from what is committed'
}
