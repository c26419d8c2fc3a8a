"""Words of what programs print that are no names there: of errors, logs, stack traces and tables of kubectl.

`WORDS` name nothing wherever they stand. `THINGS` are what Services are called as well: they name one where something beside
them says so (`from the worker`, `(broker)`), else they are the program's own. A word that is missing here is told as unused.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS = _words(
    "abort aborted above ack acks acquire acquired acquiring active actual additional addr addrs administrator admission age "
    "aiohttp alertmanager alertname alice alpn amqps anchor aren arg args argument arguments array assert assertion asserts "
    "assign async asyncio attempt attempted attempting attempts authenticate authenticated authentication authorities "
    "authority authorization authorized await awaiting backoff balancer bash basic bearer bell belong belongs ben bin bind "
    "binding bob body bool boolean bootstrap boringssl breaker buffer buffers bulkhead byte bytes callback callbacks canceled "
    "cancellation cancelled capacity catch certainly certificates certification certs chain channels char charset chunk "
    "chunked cipher ciphers circuit class classes column command commands complete completed component config configs "
    "configuration configure configured connector containercreating containerd content context contexts coroutine "
    "correlationid corrupt corrupted couldn cri crio crit cron cry cursor d database datadog deadline decode decoding decrypt "
    "decryption default defaults delete der dereference desc descriptor detail details device devices didn digest directory "
    "disconnect disconnected disconnecting dispatching django dockerd documentation doesn domain don double driver duration "
    "ecdsa edns ejected ejection elapsed elapsing election element emerg encode encoding encrypted encryption ensure epoll "
    "errno eventloop evict eviction exc exceeded exec executed executing execution executors exit exited exiting fallback "
    "false family fd fetched fetcher fiber field fields fin finished flag flags flask float flush follower forcefully "
    "forcibly form format formatted forwarding frame frames frm fulfilled function future futures garbage gb gib given gmt "
    "gnutls goroutine goroutines gracefully grafana gssapi gunicorn guzzle gzip h h2c handle handler handlers handshaking "
    "hardware hasn haven head heartbeat heartbeats hibernate hikari home hostnames html hyper hystrix icmp id identical idx "
    "ignored ignoring immediately import imports impossible inactive inet information initialization initialize initialized "
    "initializing inner insufficient int integer interrupted invalid io ipv4 ipv6 isn issuer item items jetty k kb keepalive "
    "kerberos key keys keystore kib kqueue kubelet kubeproxy laravel lb ldap leak leaked length lettuce level lib libcurl "
    "libpq limit limits ll lock locks logger logical lvl m machine made malformed matches matching max maximum mb method "
    "methods mib middle millis milliseconds minimum mount mounted mountpoint mounts ms multipart mutating mutex nack "
    "nanoseconds nat nested netty nil nio noerror non-existing nonfatal notice npm null nxdomain oauth object objects observe "
    "obtain obtaining occurred octet okhttp3 oncomplete onerror opcode opened opening openssl operation opsgenie opt option "
    "origin otlp outer outlier pagerduty parameter parameters parse parsed parser parsing partition partitions patch paths "
    "peeraddr pem performed performing permanently pgx physical pid pipe plaintext pool pooled pools position post postmaster "
    "pray preempted preemption principal proc procedure process processes processing produced progress prom prometheus "
    "properties property protocol protocols proxying puma pv pvc qname qtype quic raise raises rcode reader realm reasons "
    "rebalance recent reconnecting recoverable recv redirect redirected redirects remaining replication requested requestid "
    "requesting required requires reqwest reserved reset resilience4j retried retrieved retrieving retryable retrying "
    "rollback routes row rows rpcs rsa rst runc runtime rustls s sandbox sasl scram secondary segmentation select selecting "
    "sendmsg sent serde servfail setting sev sh sha sha256 short shouldn shutdown shutting sidekiq signal signed size skipped "
    "skipping skull sleeping slot slots sni sob socks socks5 software solve source space spanid spring sql src statement "
    "statuscode statusmessage stomp string subchannel subject succeeded suite suites summary superuser supported suppressed "
    "sv symfony sync syntax sys systemd t table tables taint taints temporarily terminated terminating text tgt threads thru "
    "tick tid timed timeouts timer timers timestamp tlsv1 tmp tokio tomcat tonic topology traceback traceid trailer trailers "
    "transaction transactions transient transport truncated trust trusted truststore ts ttl tunnel tunneling turtle type "
    "types unauthorized uncaught undefined unexpected unhandled unicorn unix unknown unmount unrecoverable unsupported uri "
    "uris urllib urls usr utc uvicorn valid validate validated validating validation ve verification verified vhost violation "
    "void wasn watch webhook webhooks weren werkzeug won wouldn write writer writev writing x x500 xml yarn zv"
)
THINGS = _words(
    "admin agent api bar bastion batch blackbox broker brokers cache cassandra celery chrome consul consumer coordinator "
    "daemon deploy dispatch dispatcher elasticsearch envoy etcd event events exchange executor exporter fluentbit fluentd foo "
    "ftp gateway group haproxy headless image images index ingress istio istiod kafka library limiter linkerd listener login "
    "loki manager map master memcached metadata mimir module modules mongo mongodb mysql nginx offset offsets options package "
    "poll polling postgres postgresql prod producer production promise promises promtail proxy publisher queue rabbitmq redis "
    "registry relay resource resources scheduled scheduler schema scraper selenium sentinel session sessions settings sign "
    "signature slave smtp ssh staging statements storage store stream streams subscriber task tasks tempo thanos token tokens "
    "topic topics traefik users vault volumes worker zookeeper"
)
HYPHENATED = _words(
    "ad-hoc application-json axios-retry back-off built-in by-default by-design cache-control cluster-wide content-length "
    "content-type cross-fetch dead-letter default-scheduler deployment-controller dist-packages follow-redirects in-flight "
    "keep-alive kube-apiserver kube-controller-manager kube-proxy kube-scheduler kube-state-metrics kube-system least-request "
    "long-running max-age multi-line name-server nil-pointer no-cache no-op node-fetch non-existent non-existing non-nil "
    "non-zero out-of-date pre-existing pv-nfs re-run read-only replicaset-controller retry-after round-robin round-trip "
    "self-signed set-cookie site-packages stack-trace sub-process time-out transfer-encoding up-to-date user-agent well-known "
    "write-ahead x-request-id xds-grpc"
)
# What names of files end with; of these, of sources, and of hosts outside the cluster.
SOURCES = "go|py|java|js|ts|rb|cc?|cpp|rs|kt|scala|cs|php|ex"
FILES = rf"{SOURCES}|sh|conf|ya?ml|json|log|txt|crt|pem|key|sock|so|jar|html"
OUTSIDE = re.compile(rf"com|org|io|net|dev|{FILES}")
