"""Balances of accounts from their transactions, exact whenever it is killed.

Written from the description in lab 003, section 6, with confluent-kafka: balances go out in a
transaction with the offsets of what they were made from, and with each offset its balance, from
which whoever comes next goes on.
"""
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

balances, name = sys.argv[1:3]

producer = Producer({'bootstrap.servers': 'localhost:9092', 'transactional.id': name})
consumer = Consumer({
    'bootstrap.servers': 'localhost:9092',
    'group.id': name,
    'isolation.level': 'read_committed',
    'enable.auto.commit': False})
producer.init_transactions()
accounts = [TopicPartition('transactions', account) for account in range(10)]
committed = consumer.committed(accounts)
balance = {at.partition: int(at.metadata or '0') for at in committed}
consumer.assign([
    TopicPartition(at.topic, at.partition, at.offset if at.offset >= 0 else OFFSET_BEGINNING)
    for at in committed])
print('up')
while True:
    messages = consumer.consume(5, 0.2)
    if not messages:
        continue
    producer.begin_transaction()
    read, shown = {}, []
    for message in messages:
        assert message.error() is None, message.error()
        account = message.partition()
        balance[account] += int(message.value())
        producer.produce(balances, b'%d' % balance[account], partition=account)
        read[account] = TopicPartition(
            'transactions', account, message.offset() + 1, str(balance[account]))
        shown.append(f'current balance for account {account} is {balance[account]}')
    producer.send_offsets_to_transaction(
        list(read.values()), consumer.consumer_group_metadata())
    producer.flush()
    print('\n'.join(shown))
    producer.commit_transaction()
