"""kafka-python, releases 1.4.7, 2.0.2 and 3.x."""
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

bootstrap, topic, group, codecs = sys.argv[1:5]
codecs = codecs.split(',')
PER_CODEC, COMMITTED = 6, 5
PADDING = b'x' * 200
total = PER_CODEC * len(codecs)

for codec in codecs:
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        acks='all',
        linger_ms=50,
        compression_type=None if codec == 'none' else codec)
    sent = [
        producer.send(
            topic,
            key=b'%s-%d' % (codec.encode(), i),
            value=b'value %d by %s' % (i, codec.encode()) + PADDING,
            headers=[('origin', b'kafka-python')])
        for i in range(PER_CODEC)]
    producer.flush()
    for future in sent:
        future.get(timeout=30)
    producer.close()


def consumer_of(group_id, *topics):
    return KafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group_id,
        auto_offset_reset='earliest',
        enable_auto_commit=False,
        consumer_timeout_ms=30000)


def read(consumer, count):
    records = []
    for message in consumer:
        origin = ''.join(' ' + value.decode() for key, value in message.headers if key == 'origin')
        records.append('%d %s %s%s' % (
            message.offset, message.key.decode(), message.value.decode(), origin))
        if len(records) == count:
            break
    return records


consumer = consumer_of(None)
partition = TopicPartition(topic, 0)
consumer.assign([partition])
consumer.seek_to_beginning(partition)
beginning = read(consumer, total)
consumer.close()

consumer = consumer_of(group, topic)
first = read(consumer, COMMITTED)
consumer.commit()
consumer.close()

consumer = consumer_of(group, topic)
resumed = read(consumer, total - COMMITTED)
consumer.close()

print(json.dumps({'beginning': beginning, 'first': first, 'resumed': resumed}))
