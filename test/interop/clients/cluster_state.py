"""Fills a cluster, goes on filling it, or prints all that a client can see of it as JSON.

  cluster_state.py fill|more|show <bootstrap>

What `show` prints must stay the same when another broker takes the files over.
"""
import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from confluent_kafka import TopicCollection

mode, bootstrap = sys.argv[1:3]
CODECS = ('none', 'gzip', 'snappy', 'lz4', 'zstd')
TOPICS = {
    'plain': (3, {}),
    'rolled': (2, {'segment.bytes': '4096', 'segment.index.bytes': '1024', 'index.interval.bytes': '512'}),
    'stamped': (1, {'message.timestamp.type': 'LogAppendTime'}),
    'recompressed': (1, {'compression.type': 'gzip', 'retention.ms': '604800000'}),
}
GROUPS = ('group-a', 'group-b', 'a group with spaces and \u00fc')
admin = AdminClient({'bootstrap.servers': bootstrap})


def create():
    created = admin.create_topics([
        NewTopic(name, num_partitions=partitions, replication_factor=1, config=config)
        for name, (partitions, config) in TOPICS.items()])
    for result in created.values():
        result.result(30)


def produce(rounds):
    failures = []
    for codec in CODECS:
        for idempotence in (False, True):
            producer = Producer({
                'bootstrap.servers': bootstrap,
                'compression.type': codec,
                'enable.idempotence': idempotence,
                'acks': 'all',
                'linger.ms': 20})
            for i in range(rounds):
                for name, (partitions, _) in TOPICS.items():
                    producer.produce(
                        name,
                        partition=i % partitions,
                        key=None if i % 7 == 0 else '%s-%d' % (codec, i),
                        # Every ninth is a tombstone.
                        value=None if i % 9 == 8 else 'value %d by %s %s' % (i, codec, 'x' * 100),
                        headers=[('n', b'%d' % i), ('empty', b''), ('null', None)] if i % 2 else None,
                        timestamp=1700000000000 + i,
                        on_delivery=lambda error, _: error and failures.append(str(error)))
            if producer.flush(30) > 0 or failures:
                sys.exit('not delivered: %s' % failures)


def consumer_of(group):
    return Consumer({
        'bootstrap.servers': bootstrap,
        'group.id': group,
        'auto.offset.reset': 'earliest',
        'enable.auto.commit': False})


def commit(offset):
    for number, group in enumerate(GROUPS):
        consumer = consumer_of(group)
        offsets = [
            TopicPartition(name, partition, offset + number, metadata='by %s' % group)
            for name, (partitions, _) in TOPICS.items()
            for partition in range(partitions)]
        consumer.commit(offsets=offsets, asynchronous=False)
        consumer.close()


def resume():
    """Each group goes on where it committed, by subscribing as a member does."""
    resumed = {}
    for group in GROUPS:
        consumer = consumer_of(group)
        consumer.subscribe(['stamped'])
        message = consumer.poll(30)
        resumed[group] = message.offset() if message is not None else None
        consumer.close()
    return resumed


def partitions_of(consumer):
    wanted = [(name, partition) for name, (count, _) in TOPICS.items() for partition in range(count)]
    seen, missing = {}, set()
    for name, partition in wanted:
        low, high = consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=30)
        seen['%s-%d' % (name, partition)] = {'low': low, 'high': high, 'records': []}
        if high > low:
            missing.add('%s-%d' % (name, partition))
    consumer.assign([TopicPartition(name, partition, OFFSET_BEGINNING) for name, partition in wanted])
    while missing:
        message = consumer.poll(30)
        if message is None or message.error():
            sys.exit('no record: %s' % (message and message.error()))
        which = '%s-%d' % (message.topic(), message.partition())
        seen[which]['records'].append([
            message.offset(), message.timestamp(), text(message.key()), text(message.value()),
            [[key, text(value)] for key, value in message.headers() or []]])
        if message.offset() + 1 >= seen[which]['high']:
            missing.discard(which)
    return seen


def text(value):
    return None if value is None else value.decode()


def known_cluster():
    """The cluster, once the broker knows its topics: it learns of them after it has started."""
    for _ in range(300):
        cluster = admin.list_topics(timeout=30)
        known = [cluster.topics[name] for name in TOPICS if name in cluster.topics]
        if all(t.error is None and all(p.leader >= 0 for p in t.partitions.values()) for t in known):
            if len(known) == len(TOPICS):
                return cluster
        time.sleep(0.1)
    sys.exit('the broker does not know its topics')


def show():
    names = list(TOPICS)
    cluster = known_cluster()
    described = admin.describe_topics(TopicCollection(names))
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    configs = {
        resource.name: {
            key: entry.value for key, entry in result.result(30).items() if not entry.is_default}
        for resource, result in admin.describe_configs(resources).items()}
    reader = consumer_of('a-reader-that-never-commits')
    partitions = partitions_of(reader)
    offsets = {}
    for group in GROUPS:
        consumer = consumer_of(group)
        wanted = [TopicPartition(name, p) for name, (n, _) in TOPICS.items() for p in range(n)]
        offsets[group] = [
            [t.topic, t.partition, t.offset, t.metadata]
            for t in consumer.committed(wanted, timeout=30)]
        consumer.close()
    reader.close()
    print(json.dumps({
        'cluster': cluster.cluster_id,
        'topics': {name: str(result.result(30).topic_id) for name, result in described.items()},
        'configs': configs,
        'partitions': partitions,
        'offsets': offsets,
        'resumed': resume()}))


if mode == 'fill':
    create()
    produce(30)
    commit(5)
elif mode == 'more':
    known_cluster()
    produce(6)
    commit(20)
show()
