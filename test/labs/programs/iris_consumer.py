"""Prints a table of the flowers in the partitions that it is given as `topic:partition`.

Written from the description in lab 002: it takes everything from the beginning of its partitions,
and leaves its loop, so that what comes below is reached, when nothing has arrived for a while.
"""
import json
import sys

from kafka import KafkaConsumer, TopicPartition

TIMEOUT_MS = int(sys.argv[1])
partitions = [TopicPartition(name.split(':')[0], int(name.split(':')[1])) for name in sys.argv[2:]]

consumer = KafkaConsumer(
    bootstrap_servers='localhost:9092',
    consumer_timeout_ms=TIMEOUT_MS,
    value_deserializer=lambda value: json.loads(value.decode()))
consumer.assign(partitions)
consumer.seek_to_beginning(*partitions)

print('%-16s %9s %6s  %-10s %6s %6s %6s %6s' % (
    'topic', 'partition', 'number', 'class', 'sepal', 'width', 'petal', 'width'))
count = 0
for message in consumer:
    flower = message.value
    print('%-16s %9d %6d  %-10s %6.1f %6.1f %6.1f %6.1f' % (
        message.topic, message.partition, flower['number'], flower['class'], *flower['measures']))
    count += 1
consumer.close()
print('%d flowers' % count)
