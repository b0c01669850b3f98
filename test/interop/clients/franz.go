// franz-go, the Go client.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const perCodec, committed = 6, 5

var padding = strings.Repeat("x", 200)

func main() {
	bootstrap, topic, group := os.Args[1], os.Args[2], os.Args[3]
	codecs := strings.Split(os.Args[4], ",")
	total := perCodec * len(codecs)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()

	for _, codec := range codecs {
		produce(ctx, bootstrap, topic, codec)
	}
	beginning := read(ctx, total, false, kgo.SeedBrokers(bootstrap),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	member := []kgo.Opt{
		kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(),
	}
	first := read(ctx, committed, true, member...)
	resumed := read(ctx, total-committed, true, member...)
	check(json.NewEncoder(os.Stdout).Encode(map[string][]string{
		"beginning": beginning, "first": first, "resumed": resumed,
	}))
}

func produce(ctx context.Context, bootstrap, topic, codec string) {
	compression := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}[codec]
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.AllowAutoTopicCreation(),
		kgo.ProducerBatchCompression(compression), kgo.ProducerLinger(50*time.Millisecond))
	check(err)
	defer client.Close()
	records := make([]*kgo.Record, perCodec)
	for i := range records {
		records[i] = &kgo.Record{
			Topic:   topic,
			Key:     []byte(fmt.Sprintf("%s-%d", codec, i)),
			Value:   []byte(fmt.Sprintf("value %d by %s%s", i, codec, padding)),
			Headers: []kgo.RecordHeader{{Key: "origin", Value: []byte("franz-go")}},
		}
	}
	check(client.ProduceSync(ctx, records...).FirstErr())
}

func read(ctx context.Context, count int, commits bool, options ...kgo.Opt) []string {
	client, err := kgo.NewClient(options...)
	check(err)
	defer client.Close()
	var lines []string
	for len(lines) < count {
		fetches := client.PollRecords(ctx, count-len(lines))
		check(fetches.Err())
		for _, record := range fetches.Records() {
			line := fmt.Sprintf("%d %s %s", record.Offset, record.Key, record.Value)
			for _, header := range record.Headers {
				line += " " + string(header.Value)
			}
			lines = append(lines, line)
		}
		if commits && len(lines) >= count {
			check(client.CommitRecords(ctx, fetches.Records()...))
		}
	}
	return lines
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
