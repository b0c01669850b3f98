"""Prints what is committed in a topic, `partition value` a line, up to the end of each partition."""
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

topic = sys.argv[1]
consumer = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'nobody',
    'isolation.level': 'read_committed',
    'enable.partition.eof': True,
    'enable.auto.commit': False})
open_partitions = set(consumer.list_topics(topic, 30).topics[topic].partitions)
consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in open_partitions])
while open_partitions:
    message = consumer.poll(30)
    assert message is not None, open_partitions
    if message.error() is None:
        print(message.partition(), message.value().decode())
    else:
        assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
        open_partitions.discard(message.partition())
consumer.close()
