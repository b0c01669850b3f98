"""Copies a topic to another, partition by partition, each record exactly once.

Written from the description in lab 001, step 4 of exactly once: the producer's and the consumer's
configuration of the steps before, and the offsets of what was read in the transaction of what is
written. Whatever fails ends the program; who starts it again loses and repeats nothing.
"""
import sys

from confluent_kafka import Consumer, Producer

source, target, name = sys.argv[1:4]

p = Producer({
    'bootstrap.servers': 'localhost:9092',
    'request.required.acks': 'all',
    'transactional.id': name,
    'max.in.flight.requests.per.connection': 5,
    'enable.idempotence': True})
c = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': name,
    'group.instance.id': name,
    'auto.offset.reset': 'earliest',
    'isolation.level': 'read_committed',
    'enable.auto.commit': False})
p.init_transactions()
c.subscribe([source])
print('up')
while True:
    messages = c.consume(10, 0.2)
    if not messages:
        continue
    p.begin_transaction()
    for message in messages:
        assert message.error() is None, message.error()
        p.produce(target, message.value(), partition=message.partition())
    read = [position for position in c.position(c.assignment()) if position.offset >= 0]
    p.send_offsets_to_transaction(read, c.consumer_group_metadata())
    p.flush()
    print('\n'.join('copied %s' % message.value().decode() for message in messages))
    p.commit_transaction()
