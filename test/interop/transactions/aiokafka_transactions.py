"""aiokafka."""
import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

bootstrap, topic, group, transactional_id = sys.argv[1:5]
partition = TopicPartition(topic, 0)


async def begin():
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=transactional_id)
    await producer.start()
    return producer


async def send(producer, *values):
    for value in values:
        await producer.send_and_wait(topic, value.encode(), partition=0)


async def main():
    zombie = await begin()
    async with zombie.transaction():
        await send(zombie, *['committed-%d' % i for i in range(3)])
    await zombie.begin_transaction()
    await send(zombie, *['aborted-%d' % i for i in range(3)])
    await zombie.abort_transaction()
    async with zombie.transaction():
        await send(zombie, 'consumed-0')
        await zombie.send_offsets_to_transaction({partition: 3}, group)

    await zombie.begin_transaction()
    await send(zombie, 'zombie-0')
    heir = await begin()
    async with heir.transaction():
        await send(heir, 'heir-0')
    try:
        await send(zombie, 'zombie-1')
        await zombie.commit_transaction()
        fenced = False
    except KafkaError:
        fenced = True

    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, isolation_level='read_committed',
        enable_auto_commit=False, auto_offset_reset='earliest')
    await reader.start()
    reader.assign([partition])
    offset = await reader.committed(partition)
    await reader.seek_to_beginning(partition)
    read = []
    while not read or read[-1] != 'heir-0':
        message = await asyncio.wait_for(reader.getone(), 30)
        read.append(message.value.decode())
    await reader.stop()
    await heir.stop()
    print(json.dumps({'read': read, 'offset': offset, 'fenced': fenced}), flush=True)


asyncio.run(main())
