"""What writer.ts does, by confluent-kafka (librdkafka under Python)."""
import json
import sys
import threading
import time

from confluent_kafka import Producer

options = json.loads(sys.argv[1])
TOPIC, PARTITIONS = 'ledger', 6
journal = open(options['journal'], 'a')
sent = [0] * PARTITIONS
is_ending = threading.Event()


def now():
    return int(time.time() * 1000)


def written(partition, number, sent_ms):
    def on_delivery(error, message):
        if error is None:
            journal.write('%d %d %d %d %d\n' % (partition, number, message.offset(), sent_ms, now()))
        else:
            journal.write('record %d of partition %d failed with %s\n' % (number, partition, error.name()))
    return on_delivery


def send(partition):
    number = sent[partition]
    value = '%d %d %s' % (options['writer'], number, '.' * (number * 37 % 80))
    producer.produce(TOPIC, value=value, partition=partition, on_delivery=written(partition, number, now()))
    sent[partition] += 1


def wait_for_end():
    sys.stdin.read()
    is_ending.set()


producer = Producer({
    'bootstrap.servers': options['bootstrapServers'],
    'enable.idempotence': True,
    'acks': 'all',
    'linger.ms': 40,
    'message.timeout.ms': 1800000,
    'request.timeout.ms': 10000,
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 500,
    'queue.buffering.max.messages': 1000000})
threading.Thread(target=wait_for_end, daemon=True).start()
start, count = time.time(), 0
while not is_ending.is_set():
    due = (time.time() - start) * options['recordsPerSecond']
    while count < due and not is_ending.is_set():
        try:
            send(count % PARTITIONS)
        except BufferError:
            break
        count += 1
    producer.poll(0.02)
    journal.flush()
producer.flush(600)
journal.close()
