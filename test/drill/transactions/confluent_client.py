"""What client.ts does, by confluent-kafka (librdkafka under Python)."""
import json
import os
import random
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

options = json.loads(sys.argv[1])
client, life, topic = options['client'], options['life'], options['accountsTopic']
group = 'drill-%d' % client
chance = random.Random(options['seed'])
journal = os.open(options['journal'], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
MAX_TRANSFERS = 4
USELESS = 3


def write(**line):
    os.write(journal, (json.dumps({'atMs': time.time() * 1000, **line}) + '\n').encode())


def note(call, action):
    write(event='call', call=call)
    try:
        result = action()
    except KafkaException as error:
        write(event='failed', call=call, code=error.args[0].name().lstrip('_'))
        raise
    write(event='done', call=call)
    return result


def send(producer, entries, name):
    failures = []
    for place, (account, amount) in enumerate(entries):
        producer.produce(
            topic, value='%s %d %d' % (name, place, amount), partition=account,
            on_delivery=lambda error, _: error and failures.append(error))
    producer.flush(60)
    if failures:
        raise KafkaException(failures[0])


producer = Producer({
    'bootstrap.servers': options['bootstrapServers'],
    'transactional.id': group,
    'transaction.timeout.ms': options['transactionTimeoutMs'],
    'linger.ms': 0,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 200})
consumer = Consumer({
    'bootstrap.servers': options['bootstrapServers'],
    'group.id': group,
    'isolation.level': 'read_committed',
    'enable.auto.commit': False,
    'auto.offset.reset': 'earliest'})


def transact(number, taken):
    """Whether it was committed; else the same transfers are to be done anew."""
    name = '%d.%d.%d' % (client, life, number)
    entries = []
    for message in taken:
        source, target, amount = (int(part) for part in message.value().split())
        entries += [(source, -amount), (target, amount)]
    first, after = taken[0].offset(), taken[-1].offset() + 1
    write(event='intent', intent={
        'id': name, 'from': first, 'next': after,
        'entries': [{'account': account, 'amount': amount} for account, amount in entries]})
    try:
        producer.begin_transaction()
        note('send', lambda: send(producer, entries, name))
        offsets = [TopicPartition(options['inputTopic'], client, after)]
        note('offsets', lambda: producer.send_offsets_to_transaction(
            offsets, consumer.consumer_group_metadata(), 60))
        if chance.random() >= 0.12:
            note('commit', lambda: producer.commit_transaction(60))
            return True
    except KafkaException as error:
        if not error.args[0].txn_requires_abort() and error.args[0].name() != '_PURGE_QUEUE':
            raise
    note('abort', lambda: producer.abort_transaction(60))
    return False


def run():
    note('init', lambda: producer.init_transactions(60))
    partition = TopicPartition(options['inputTopic'], client)
    [resumed] = note('position', lambda: consumer.committed([partition], timeout=60))
    partition.offset = max(0, resumed.offset)
    consumer.assign([partition])
    number, waiting = 0, []
    while True:
        while len(waiting) < MAX_TRANSFERS:
            polled = [m for m in consumer.consume(100, timeout=2) if m.error() is None]
            if not polled:
                return
            waiting += polled
        taken = waiting[:chance.randint(1, MAX_TRANSFERS)]
        if transact(number, taken):
            del waiting[:len(taken)]
        number += 1


try:
    run()
except KafkaException as error:
    print(error, file=sys.stderr)
    os._exit(USELESS)
os._exit(0)
