import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

/** The peer of bench/kafka-streams/StreamStream.java. */
export default function streamStream({ application, inputs, output, options }: Job): Pipeline {
  const impressions = topic(inputs[0]!, { key: string, value: json<{ ad: number }>() })
  const clicks = topic(inputs[1]!, { key: string, value: json<{ position: number }>() })

  const ads = pipeline(application, options)
  ads
    .stream(impressions)
    .join(ads.stream(clicks), ({ ad }, { position }) => ({ ad, position }), {
      within: '10s',
      grace: '1m',
      as: 'clicked',
    })
    .to(topic(output, { key: string, value: json<{ ad: number; position: number }>() }))
  return ads
}
