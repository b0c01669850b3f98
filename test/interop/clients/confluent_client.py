"""confluent-kafka, librdkafka under Python."""
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

bootstrap, topic, group, codecs = sys.argv[1:5]
codecs = codecs.split(',')
PER_CODEC, COMMITTED = 6, 5
PADDING = 'x' * 200
total = PER_CODEC * len(codecs)

failures = []
for codec in codecs:
    producer = Producer({
        'bootstrap.servers': bootstrap,
        'compression.type': codec,
        'acks': 'all',
        'linger.ms': 50})
    for i in range(PER_CODEC):
        producer.produce(
            topic,
            key='%s-%d' % (codec, i),
            value='value %d by %s' % (i, codec) + PADDING,
            headers=[('origin', b'confluent')],
            on_delivery=lambda error, message: error and failures.append(str(error)))
    if producer.flush(30) > 0 or failures:
        sys.exit('not delivered: %s' % failures)


def consumer_of(group_id):
    return Consumer({
        'bootstrap.servers': bootstrap,
        'group.id': group_id,
        'auto.offset.reset': 'earliest',
        'enable.auto.commit': False})


def read(consumer, count):
    records = []
    while len(records) < count:
        message = consumer.poll(30)
        if message is None or message.error():
            sys.exit('no record: %s' % (message and message.error()))
        origin = ''.join(' ' + v.decode() for k, v in message.headers() or [] if k == 'origin')
        records.append('%d %s %s%s' % (
            message.offset(), message.key().decode(), message.value().decode(), origin))
    return records, message


consumer = consumer_of(group + '-unused')
consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
beginning, _ = read(consumer, total)
consumer.close()

consumer = consumer_of(group)
consumer.subscribe([topic])
first, last = read(consumer, COMMITTED)
consumer.commit(message=last, asynchronous=False)
consumer.close()

consumer = consumer_of(group)
consumer.subscribe([topic])
resumed, _ = read(consumer, total - COMMITTED)
consumer.close()

print(json.dumps({'beginning': beginning, 'first': first, 'resumed': resumed}))
