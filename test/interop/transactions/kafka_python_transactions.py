"""kafka-python 3.x."""
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

bootstrap, topic, group, transactional_id = sys.argv[1:5]
partition = TopicPartition(topic, 0)


def begin():
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=transactional_id)
    producer.init_transactions()
    return producer


def send(producer, *values):
    for value in values:
        producer.send(topic, value=value.encode(), partition=0)
    producer.flush()


zombie = begin()
zombie.begin_transaction()
send(zombie, *['committed-%d' % i for i in range(3)])
zombie.commit_transaction()
zombie.begin_transaction()
send(zombie, *['aborted-%d' % i for i in range(3)])
zombie.abort_transaction()
zombie.begin_transaction()
send(zombie, 'consumed-0')
zombie.send_offsets_to_transaction({partition: OffsetAndMetadata(3, '', -1)}, group)
zombie.commit_transaction()

zombie.begin_transaction()
send(zombie, 'zombie-0')
heir = begin()
heir.begin_transaction()
send(heir, 'heir-0')
heir.commit_transaction()
try:
    zombie.send(topic, value=b'zombie-1', partition=0)
    zombie.commit_transaction()
    fenced = False
except KafkaError:
    fenced = True

reader = KafkaConsumer(
    bootstrap_servers=bootstrap, isolation_level='read_committed', consumer_timeout_ms=30000)
reader.assign([partition])
reader.seek_to_beginning(partition)
read = []
for message in reader:
    read.append(message.value.decode())
    if read[-1] == 'heir-0':
        break
reader.close()
member = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
offset = member.committed(partition)
member.close()
print(json.dumps({'read': read, 'offset': offset, 'fenced': fenced}))
