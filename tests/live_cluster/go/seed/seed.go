// Package seed writes a cluster straight into etcd, as the API server would
// have stored it and before that is started: what takes the API minutes is
// there in seconds. Objects come as JSON lines on stdin, with their status.
// Nothing is validated; whoever describes a cluster must describe a real one.
package seed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	etcd "go.etcd.io/etcd/client/v3"
	"golang.org/x/sync/errgroup"
)

const (
	inOneWrite = 50       // objects; etcd takes 128 operations and 1.5 MiB at once
	longest    = 16 << 20 // bytes of one object
)

// NewCommand makes the command that fills an etcd.
func NewCommand() *cobra.Command {
	var address string
	command := &cobra.Command{
		Use:          "seed",
		Short:        "write objects, given as JSON lines on stdin, into etcd",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			client, err := etcd.New(etcd.Config{Endpoints: []string{address}, DialTimeout: 5 * time.Second})
			if err != nil {
				return err
			}
			defer client.Close()
			return fill(command.Context(), client, command.InOrStdin())
		},
	}
	command.Flags().StringVar(&address, "etcd", "", "address of etcd, host:port")
	return command
}

// fill writes every line; the first error ends it.
func fill(ctx context.Context, client *etcd.Client, from io.Reader) error {
	group, ctx := errgroup.WithContext(ctx)
	store := newStore()
	batches := make(chan [][]byte, 4)
	group.Go(func() error {
		defer close(batches)
		return read(ctx, from, batches)
	})
	// Two a core: one waits for etcd while the other encodes.
	for range 2 * runtime.NumCPU() {
		group.Go(func() error {
			for batch := range batches {
				if err := write(ctx, client, store, batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func read(ctx context.Context, from io.Reader, batches chan<- [][]byte) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 64<<10), longest)
	var batch [][]byte
	send := func() error {
		select {
		case batches <- batch:
			batch = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for lines.Scan() {
		batch = append(batch, bytes.Clone(lines.Bytes()))
		if len(batch) == inOneWrite {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return errors.Join(lines.Err(), send())
}

func write(ctx context.Context, client *etcd.Client, store *store, lines [][]byte) error {
	var puts []etcd.Op
	for _, line := range lines {
		entries, err := store.entries(line)
		if err != nil {
			return fmt.Errorf("%.200s: %w", line, err)
		}
		for _, each := range entries {
			puts = append(puts, etcd.OpPut(each.key, string(each.value)))
		}
	}
	if len(puts) == 0 {
		return nil
	}
	_, err := client.Txn(ctx).Then(puts...).Commit()
	return err
}
