"""Sends flowers to two topics, each class to the partitions where its consumers look for it.

Written from the description in lab 002: topic virginicasetosa has virginica in partition 0 and
setosa in partition 1; topic versicolor has versicolor in both. Values are JSON, for which numpy's
numbers need an encoder of their own.
"""
import json

import numpy
from kafka import KafkaProducer

FLOWERS_OF_A_CLASS = 50
MEANS = {
    'setosa': (5.0, 3.4, 1.5, 0.2),
    'versicolor': (5.9, 2.8, 4.3, 1.3),
    'virginica': (6.6, 3.0, 5.6, 2.0),
}


class NumpyEncoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, numpy.integer):
            return int(value)
        if isinstance(value, numpy.floating):
            return float(value)
        if isinstance(value, numpy.ndarray):
            return value.tolist()
        return super().default(value)


def main():
    producer = KafkaProducer(
        bootstrap_servers='localhost:9092',
        value_serializer=lambda value: json.dumps(value, cls=NumpyEncoder).encode())
    random = numpy.random.RandomState(1936)
    for name, means in MEANS.items():
        for i in range(FLOWERS_OF_A_CLASS):
            flower = numpy.round(random.normal(means, 0.3), 1)
            topic, partition = {
                'virginica': ('virginicasetosa', 0),
                'setosa': ('virginicasetosa', 1),
                'versicolor': ('versicolor', i % 2),
            }[name]
            value = {'number': numpy.int64(i), 'class': name, 'measures': flower}
            producer.send(topic, value=value, partition=partition)
            print('%s %d %d %s' % (topic, partition, i, ' '.join('%.1f' % m for m in flower)))
    producer.flush()
    producer.close()


main()
