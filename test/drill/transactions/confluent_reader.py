"""Prints every record of the accounts up to the given ends, read_committed, by confluent-kafka."""
import json
import sys

from confluent_kafka import Consumer, TopicPartition

options = json.loads(sys.argv[1])
consumer = Consumer({
    'bootstrap.servers': options['bootstrapServers'],
    'group.id': 'drill-confluent-reader',
    'isolation.level': 'read_committed',
    'enable.auto.commit': False,
    'enable.partition.eof': True,
    'auto.offset.reset': 'earliest'})
ends = options['ends']
consumer.assign([TopicPartition(options['topic'], n, 0) for n in range(len(ends))])
missing = {n for n, end in enumerate(ends) if end > 0}
silent_seconds = 0
while missing:
    messages = consumer.consume(1000, timeout=1)
    silent_seconds = 0 if messages else silent_seconds + 1
    if silent_seconds == 60:
        sys.exit('nothing comes any more')
    for message in messages:
        if message.error() is not None:
            # The end of what can be read: the last records may be markers.
            if message.offset() >= ends[message.partition()]:
                missing.discard(message.partition())
            continue
        print(message.partition(), message.offset(), message.value().decode())
consumer.close()
