"""Copies a topic to another, partition by partition, each record exactly once.

The same as copy_confluent.py, with kafka-python.
"""
import sys

from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import OffsetAndMetadata

source, target, name = sys.argv[1:4]

producer = KafkaProducer(
    bootstrap_servers='localhost:9092',
    acks='all',
    transactional_id=name,
    max_in_flight_requests_per_connection=5,
    enable_idempotence=True)
consumer = KafkaConsumer(
    source,
    bootstrap_servers='localhost:9092',
    group_id=name,
    group_instance_id=name,
    auto_offset_reset='earliest',
    isolation_level='read_committed',
    enable_auto_commit=False)
producer.init_transactions()
print('up')
while True:
    messages = consumer.poll(timeout_ms=200, max_records=10)
    if not messages:
        continue
    producer.begin_transaction()
    read = {}
    for partition, records in messages.items():
        for record in records:
            producer.send(target, record.value, partition=partition.partition)
        read[partition] = OffsetAndMetadata(records[-1].offset + 1, '', -1)
    producer.send_offsets_to_transaction(read, consumer.group_metadata())
    producer.flush()
    copied = [record for records in messages.values() for record in records]
    print('\n'.join('copied %s' % record.value.decode() for record in copied))
    producer.commit_transaction()
