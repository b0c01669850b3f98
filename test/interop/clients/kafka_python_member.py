"""A member of a sticky group, kafka-python: prints what it is told and reads as kafka-verifiable-consumer does."""
import json
import signal
import sys

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

bootstrap, topic, group = sys.argv[1:4]
running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)


def tell(name, **fields):
    print(json.dumps({'name': name, **fields}), flush=True)


class Listener(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        tell('partitions_revoked', partitions=[{'partition': p.partition} for p in revoked])

    def on_partitions_assigned(self, assigned):
        tell('partitions_assigned', partitions=[{'partition': p.partition} for p in assigned])


consumer = KafkaConsumer(
    bootstrap_servers=bootstrap,
    group_id=group,
    auto_offset_reset='earliest',
    heartbeat_interval_ms=200,
    partition_assignment_strategy=[StickyPartitionAssignor])
consumer.subscribe([topic], listener=Listener())
while running:
    for records in consumer.poll(timeout_ms=100).values():
        for record in records:
            tell('record_data', partition=record.partition, offset=record.offset)
consumer.close()
