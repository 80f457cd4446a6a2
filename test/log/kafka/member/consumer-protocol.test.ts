import { AssignerProtocol } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../src/log/kafka/member/consumer-protocol.js'

const userData = Buffer.from('data')

describe('the consumer protocol', () => {
  test("is kafkajs's: what we write it reads", () => {
    const subscription = encodeSubscription({ topics: ['jobs', 'imports'], userData })
    expect(AssignerProtocol.MemberMetadata.decode(subscription)).toEqual({
      version: 0,
      topics: ['jobs', 'imports'],
      userData,
    })
    const partitions = [
      { topic: 'jobs', partition: 3 },
      { topic: 'imports', partition: 0 },
      { topic: 'jobs', partition: 1 },
    ]
    expect(AssignerProtocol.MemberAssignment.decode(encodeAssignment({ partitions, userData }))).toEqual({
      version: 0,
      assignment: { jobs: [3, 1], imports: [0] },
      userData,
    })
  })

  test("is kafkajs's: what it writes we read", () => {
    const metadata = AssignerProtocol.MemberMetadata.encode({ version: 1, topics: ['jobs'], userData })
    expect(decodeSubscription(metadata)).toEqual({ topics: ['jobs'], userData })
    const assignment = AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: { jobs: [0, 2] }, userData })
    expect(decodeAssignment(assignment)).toEqual({
      partitions: [
        { topic: 'jobs', partition: 0 },
        { topic: 'jobs', partition: 2 },
      ],
      userData,
    })
  })

  test('no bytes are no partitions', () => {
    expect(decodeAssignment(Buffer.alloc(0)).partitions).toEqual([])
  })
})
