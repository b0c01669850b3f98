// franz-go, the Go client: a plain client for transactions, a session for those with offsets in them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var bootstrap, topic, group, transactionalID = os.Args[1], os.Args[2], os.Args[3], os.Args[4]

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()

	first := client()
	transaction(ctx, first, kgo.TryCommit, "committed-0", "committed-1", "committed-2")
	transaction(ctx, first, kgo.TryAbort, "aborted-0", "aborted-1", "aborted-2")
	first.Close()
	zombie := consumed(ctx)

	check(zombie.Begin())
	check(send(ctx, zombie.Client(), "zombie-0"))
	heir := client()
	transaction(ctx, heir, kgo.TryCommit, "heir-0")
	heir.Close()
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"fenced": isFenced(ctx, zombie), "read": read(ctx), "offset": offset(ctx),
	}))
}

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(transactional(options...)...)
	check(err)
	return made
}

func transactional(options ...kgo.Opt) []kgo.Opt {
	return append(options, kgo.SeedBrokers(bootstrap), kgo.TransactionalID(transactionalID),
		kgo.AllowAutoTopicCreation(), kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func transaction(ctx context.Context, client *kgo.Client, how kgo.TransactionEndTry, values ...string) {
	check(client.BeginTransaction())
	check(send(ctx, client, values...))
	check(client.EndTransaction(ctx, how))
}

func send(ctx context.Context, client *kgo.Client, values ...string) error {
	var records []*kgo.Record
	for _, value := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte(value)})
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

// A member of the group reads the three that were committed, and ends a transaction with its offset.
func consumed(ctx context.Context) *kgo.GroupTransactSession {
	session, err := kgo.NewGroupTransactSession(transactional(
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.RequireStableFetchOffsets(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	check(err)
	for count := 0; count < 3; {
		fetches := session.PollRecords(ctx, 3-count)
		check(fetches.Err())
		count += fetches.NumRecords()
	}
	check(session.Begin())
	check(send(ctx, session.Client(), "consumed-0"))
	committed, err := session.End(ctx, kgo.TryCommit)
	check(err)
	if !committed {
		check(errors.New("the session did not commit"))
	}
	return session
}

func isFenced(ctx context.Context, zombie *kgo.GroupTransactSession) bool {
	err := send(ctx, zombie.Client(), "zombie-1")
	if err == nil {
		_, err = zombie.End(ctx, kgo.TryCommit)
	}
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}

func read(ctx context.Context) []string {
	reader, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	check(err)
	defer reader.Close()
	var values []string
	for len(values) == 0 || values[len(values)-1] != "heir-0" {
		fetches := reader.PollFetches(ctx)
		check(fetches.Err())
		for _, record := range fetches.Records() {
			values = append(values, string(record.Value))
		}
	}
	return values
}

func offset(ctx context.Context) int64 {
	plain, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	check(err)
	defer plain.Close()
	offsets, err := kadm.NewClient(plain).FetchOffsets(ctx, group)
	check(err)
	committed, _ := offsets.Lookup(topic, 0)
	return committed.At
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
