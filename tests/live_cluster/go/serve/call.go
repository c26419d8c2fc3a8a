package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"strings"
	"syscall"
	"time"
)

// call asks a URL some times, each on a connection of its own, and prints "WORD COUNT [who answered]".
// The words: answer, 500 (or another status), refused, timeout, reset, unreachable, no-such-name, no-dns, error.
// A headless name's first address is the one asked, as simple clients do.
func call(words []string) {
	flags := flag.NewFlagSet("serve call", flag.ExitOnError)
	count := flags.Int("count", 1, "how many requests")
	patience := flags.Duration("timeout", 2*time.Second, "time for one request, its look-up included")
	flags.Parse(words)
	type outcome struct{ word, who string }
	outcomes := make(chan outcome)
	for range *count {
		go func() {
			word, who := ask(flags.Arg(0), *patience)
			outcomes <- outcome{word, who}
		}()
	}
	seen, names := map[string]int{}, map[string]bool{}
	for range *count {
		each := <-outcomes
		seen[each.word]++
		if each.who != "" {
			names[each.who] = true
		}
	}
	var who []string
	for name := range names {
		who = append(who, name)
	}
	sort.Strings(who)
	for word, times := range seen {
		fmt.Println(word, times, strings.Join(who, " "))
	}
}

// ask looks the name up by itself first: a request that runs out of time does not say in which of its two halves.
func ask(url string, patience time.Duration) (word, who string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "error", ""
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, request.URL.Hostname())
	if err != nil {
		var lookup *net.DNSError
		if errors.As(err, &lookup) && lookup.IsNotFound {
			return "no-such-name", ""
		}
		return "no-dns", ""
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, _ := net.SplitHostPort(address)
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(addresses[0], port))
	}
	reply, err := (&http.Transport{
		DisableKeepAlives: true,
		DialContext:       dial,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}).RoundTrip(request)
	if err != nil {
		return wordOf(err), ""
	}
	defer reply.Body.Close()
	body, _ := io.ReadAll(reply.Body)
	if reply.StatusCode == http.StatusOK {
		return "answer", strings.TrimSpace(string(body))
	}
	return fmt.Sprint(reply.StatusCode), ""
}

func wordOf(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF):
		return "reset"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	return "error"
}
