package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// listen answers until told to end. A fault is a flag; --only makes it that of one replica of a
// StatefulSet, whose pods know their names beforehand.
func listen(words []string) {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	host := flags.String("host", "", "address to listen on; empty is every one")
	port := flags.Int("port", 8080, "port to listen on")
	health := flags.String("health", "/healthz", "path that always answers 200")
	failEvery := flags.Int("fail-every", 0, "answer 500 to every Nth request")
	hang := flags.Bool("hang", false, "take connections and never answer")
	refuse := flags.Bool("refuse", false, "listen nowhere")
	secure := flags.Bool("tls", false, "speak TLS with a certificate of our own")
	exit := flags.Int("exit", -1, "end at once with this code")
	leak := flags.Bool("leak", false, "take memory until the kernel ends us")
	only := flags.String("only", "", "the fault is that of this host name alone")
	flags.Parse(words)
	name, _ := os.Hostname()
	sick := &sickness{}
	if *only != "" && *only != name {
		*failEvery, *hang, *refuse, *exit, *leak = 0, false, false, -1, false
	}
	switch {
	case *exit >= 0:
		log.Printf("panic: cannot read configuration: told to exit with code %d", *exit)
		os.Exit(*exit)
	case *leak:
		leakMemory()
	case *refuse:
		obey(nil, sick)
	}
	sick.hangs.Store(*hang)
	listener, err := net.Listen("tcp", net.JoinHostPort(*host, fmt.Sprint(*port)))
	if err != nil {
		log.Fatal(err)
	}
	if *secure {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate(name)}})
	}
	log.Printf("listening on %s", listener.Addr())
	go http.Serve(listener, handler(name, *health, *failEvery, sick))
	obey(listener, sick)
}

// sickness is what signals do to a process; a new pod is well again.
type sickness struct{ hangs, fails atomic.Bool }

// obey waits for signals: USR1 stops listening, USR2 stops answering and HUP answers 500, as processes that are
// stuck do. The others end us at once: process 1 of a container has no default action for them.
func obey(listener net.Listener, sick *sickness) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	for got := range signals {
		switch {
		case got == syscall.SIGUSR1 && listener != nil:
			listener.Close()
		case got == syscall.SIGUSR2:
			sick.hangs.Store(true)
		case got == syscall.SIGHUP:
			sick.fails.Store(true)
		default:
			os.Exit(0)
		}
	}
}

func handler(name, health string, failEvery int, sick *sickness) http.Handler {
	var asked atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc(health, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		if sick.hangs.Load() {
			<-r.Context().Done()
			return
		}
		if sick.fails.Load() || failEvery > 0 && asked.Add(1)%int64(failEvery) == 0 {
			http.Error(w, "told to fail", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, name)
	})
	return mux
}

// leakMemory waits a moment, so that the pod is seen running first, then takes 4 MiB at a time.
func leakMemory() {
	time.Sleep(300 * time.Millisecond)
	var held [][]byte
	for {
		block := make([]byte, 4<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		held = append(held, block)
		if len(held)%64 == 0 {
			log.Printf("holding %d MiB", len(held)*4)
		}
	}
}

func certificate(name string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
