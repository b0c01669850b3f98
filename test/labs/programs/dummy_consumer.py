"""Prints every record of a topic as kafka-python has it.

Written from the description in lab 004.
"""
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    sys.argv[1],
    bootstrap_servers=['localhost:9092', 'localhost:9093', 'localhost:9094'],
    auto_offset_reset='earliest')
for record in consumer:
    print('Consumed message from producer: %s' % (record,))
