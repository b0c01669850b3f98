"""confluent-kafka, librdkafka under Python."""
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

bootstrap, topic, group, transactional_id = sys.argv[1:5]


def begin():
    producer = Producer({'bootstrap.servers': bootstrap, 'transactional.id': transactional_id})
    producer.init_transactions(30)
    return producer


def send(producer, *values):
    for value in values:
        producer.produce(topic, value=value, partition=0)
    producer.flush(30)


def consumer_of(name):
    return Consumer({
        'bootstrap.servers': bootstrap,
        'group.id': name,
        'isolation.level': 'read_committed',
        'enable.auto.commit': False,
        'auto.offset.reset': 'earliest'})


zombie = begin()
zombie.begin_transaction()
send(zombie, *['committed-%d' % i for i in range(3)])
zombie.commit_transaction(30)
zombie.begin_transaction()
send(zombie, *['aborted-%d' % i for i in range(3)])
zombie.abort_transaction(30)

member = consumer_of(group)
zombie.begin_transaction()
send(zombie, 'consumed-0')
zombie.send_offsets_to_transaction(
    [TopicPartition(topic, 0, 3)], member.consumer_group_metadata(), 30)
zombie.commit_transaction(30)

zombie.begin_transaction()
send(zombie, 'zombie-0')
heir = begin()
heir.begin_transaction()
send(heir, 'heir-0')
heir.commit_transaction(30)
try:
    send(zombie, 'zombie-1')
    zombie.commit_transaction(30)
    fenced = False
except KafkaException as error:
    fenced = error.args[0].fatal()

reader = consumer_of(group + '-reader')
reader.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
read = []
while not read or read[-1] != 'heir-0':
    message = reader.poll(30)
    if message is None:
        break
    read.append(message.value().decode())
reader.close()
[committed] = member.committed([TopicPartition(topic, 0)], timeout=30)
member.close()
print(json.dumps({'read': read, 'offset': committed.offset, 'fenced': fenced}))
