"""Balances of accounts from their transactions, exact whenever it is killed.

The same as balance_confluent.py, with kafka-python.
"""
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

balances, name = sys.argv[1:3]

producer = KafkaProducer(bootstrap_servers='localhost:9092', transactional_id=name)
consumer = KafkaConsumer(
    bootstrap_servers='localhost:9092',
    group_id=name,
    auto_offset_reset='earliest',
    isolation_level='read_committed',
    enable_auto_commit=False)
producer.init_transactions()
accounts = [TopicPartition('transactions', account) for account in range(10)]
balance = {}
for account in accounts:
    committed = consumer.committed(account, metadata=True)
    balance[account.partition] = int(committed.metadata) if committed else 0
consumer.assign(accounts)
print('up')
while True:
    messages = consumer.poll(timeout_ms=200, max_records=5)
    if not messages:
        continue
    producer.begin_transaction()
    read, shown = {}, []
    for partition, records in messages.items():
        account = partition.partition
        for record in records:
            balance[account] += int(record.value)
            producer.send(balances, b'%d' % balance[account], partition=account)
            shown.append(f'current balance for account {account} is {balance[account]}')
        read[partition] = OffsetAndMetadata(records[-1].offset + 1, str(balance[account]), -1)
    producer.send_offsets_to_transaction(read, name)
    producer.flush()
    print('\n'.join(shown))
    producer.commit_transaction()
