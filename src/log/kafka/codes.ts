/** Error codes of the protocol that this client tells apart; Kafka's `Errors.java` has all of them. */
export const code = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeaderOrFollower: 6,
  requestTimedOut: 7,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  offsetMetadataTooLarge: 12,
  networkException: 13,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  invalidGroupId: 24,
  unknownMemberId: 25,
  invalidSessionTimeout: 26,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  invalidTimestamp: 32,
  unsupportedVersion: 35,
  topicAlreadyExists: 36,
  invalidPartitions: 37,
  invalidReplicationFactor: 38,
  invalidConfig: 40,
  notController: 41,
  invalidRequest: 42,
  policyViolation: 44,
  outOfOrderSequenceNumber: 45,
  duplicateSequenceNumber: 46,
  invalidProducerEpoch: 47,
  invalidTxnState: 48,
  invalidProducerIdMapping: 49,
  invalidTransactionTimeout: 50,
  concurrentTransactions: 51,
  transactionCoordinatorFenced: 52,
  transactionalIdAuthorizationFailed: 53,
  operationNotAttempted: 55,
  kafkaStorageError: 56,
  unknownProducerId: 59,
  topicDeletionDisabled: 73,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  offsetNotAvailable: 78,
  memberIdRequired: 79,
  groupMaxSizeReached: 81,
  fencedInstanceId: 82,
  invalidRecord: 87,
  unstableOffsetCommit: 88,
  throttlingQuotaExceeded: 89,
  producerFenced: 90,
  unknownTopicId: 100,
  transactionAbortable: 120,
} as const

const names = new Map<number, string>(
  Object.entries(code).map(([name, number]) => [number, name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()]),
)

/** The name that Kafka's documentation uses. */
export function codeName(number: number): string {
  return names.get(number) ?? `error ${number}`
}

const stale = new Set<number>([
  code.unknownTopicOrPartition,
  code.leaderNotAvailable,
  code.notLeaderOrFollower,
  code.replicaNotAvailable,
  code.fencedLeaderEpoch,
  code.unknownLeaderEpoch,
  code.kafkaStorageError,
  code.networkException,
  code.unknownTopicId,
])

/** The partition may have another leader by now: read the metadata again, then ask again. */
export function isStaleLeader(number: number): boolean {
  return stale.has(number)
}

const passing = new Set<number>([
  code.requestTimedOut,
  code.offsetNotAvailable,
  code.notEnoughReplicas,
  code.notEnoughReplicasAfterAppend,
  code.corruptMessage,
  code.throttlingQuotaExceeded,
])

/** Asking again the same place may help. */
export function isPassing(number: number): boolean {
  return passing.has(number)
}

/** The coordinator has moved, or its new broker is not ready. */
export function isCoordinatorGone(number: number): boolean {
  return number === code.notCoordinator || number === code.coordinatorNotAvailable
}

const fencing = new Set<number>([
  code.invalidProducerEpoch,
  code.producerFenced,
  code.invalidProducerIdMapping,
  code.illegalGeneration,
  code.unknownMemberId,
  code.fencedInstanceId,
  // OffsetCommit, while the group assigns: the generation of whoever still commits is over.
  code.rebalanceInProgress,
])

/** Somebody else has taken over. */
export function isFencing(number: number): boolean {
  return fencing.has(number)
}
