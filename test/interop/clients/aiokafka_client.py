"""aiokafka, the asyncio client."""
import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

bootstrap, topic, group, codecs = sys.argv[1:5]
codecs = codecs.split(',')
PER_CODEC, COMMITTED = 6, 5
PADDING = b'x' * 200
total = PER_CODEC * len(codecs)


async def produce(codec):
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks='all',
        linger_ms=50,
        compression_type=None if codec == 'none' else codec)
    await producer.start()
    try:
        sent = [
            await producer.send(
                topic,
                key=b'%s-%d' % (codec.encode(), i),
                value=b'value %d by %s' % (i, codec.encode()) + PADDING,
                headers=[('origin', b'aiokafka')])
            for i in range(PER_CODEC)]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read(count, group_id):
    consumer = AIOKafkaConsumer(
        *([topic] if group_id else []),
        bootstrap_servers=bootstrap,
        group_id=group_id,
        auto_offset_reset='earliest',
        enable_auto_commit=False)
    await consumer.start()
    try:
        if group_id is None:
            consumer.assign([TopicPartition(topic, 0)])
            await consumer.seek_to_beginning()
        records = []
        while len(records) < count:
            message = await asyncio.wait_for(consumer.getone(), 30)
            origin = ''.join(' ' + v.decode() for k, v in message.headers if k == 'origin')
            records.append('%d %s %s%s' % (
                message.offset, message.key.decode(), message.value.decode(), origin))
        if group_id is not None:
            await consumer.commit({TopicPartition(topic, 0): message.offset + 1})
        return records
    finally:
        await consumer.stop()


async def main():
    for codec in codecs:
        await produce(codec)
    beginning = await read(total, None)
    first = await read(COMMITTED, group)
    resumed = await read(total - COMMITTED, group)
    print(json.dumps({'beginning': beginning, 'first': first, 'resumed': resumed}))


asyncio.run(main())
