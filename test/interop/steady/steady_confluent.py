"""librdkafka's transactional producer, for as long as standard input is open."""
import sys
import threading

from confluent_kafka import KafkaException, Producer

bootstrap, topic, partitions, name = sys.argv[1:5]
partitions = int(partitions)
ROUNDS = 3
PATIENCE_S = 60
over = threading.Event()
number = 0


def watch_input():
    sys.stdin.read()
    over.set()


def transact(producer):
    global number
    placed = []

    def delivered(error, message):
        if error is None:
            placed.append((message.partition(), message.offset(), message.value().decode()))

    producer.begin_transaction()
    try:
        for nth in range(ROUNDS * partitions):
            producer.produce(
                topic, value=str(number), partition=nth % partitions, on_delivery=delivered)
            number += 1
        commit(producer)
    except KafkaException as error:
        print('aborted: %s' % error, file=sys.stderr)
        if error.args[0].fatal():
            raise
        producer.abort_transaction(PATIENCE_S)
        return
    print('\n'.join('%d %d %s' % place for place in placed), flush=True)


def commit(producer):
    while True:
        try:
            return producer.commit_transaction(PATIENCE_S)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def run():
    try:
        producer = Producer({'bootstrap.servers': bootstrap, 'transactional.id': name})
        producer.init_transactions(PATIENCE_S)
        while not over.is_set():
            transact(producer)
    except KafkaException as error:
        print('given up: %s' % error, file=sys.stderr)


threading.Thread(target=watch_input, daemon=True).start()
while not over.is_set():
    run()
