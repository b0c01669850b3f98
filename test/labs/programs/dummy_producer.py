"""Sends a numbered line of text every tenth of a second, until Ctrl-C.

Written from the description in lab 004. What is printed was acknowledged.
"""
import sys
import time

from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers=['localhost:9092', 'localhost:9093', 'localhost:9094'],
    acks='all', retries=1000)
number = 0
try:
    while True:
        text = '%s: message %d from producer!' % (time.time(), number)
        producer.send(sys.argv[1], text.encode()).get(timeout=60)
        print('Sent %d' % number)
        number += 1
        time.sleep(0.1)
except KeyboardInterrupt:
    producer.close()
