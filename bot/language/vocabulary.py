"""English words that are no names in a sentence about a cluster, sorted by what they do in it.

A word that is in no set here is taken for a name, so what teams call Services (web, api, db, orders, search, gateway) must
stay out. Quoted words, and words with a dash, a dot, a slash or a digit, are names whatever stands here.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Nouns of people on call; names only where a verb or a preposition stands right beside them.
_NOUNS = _words(
    "retries retry laptop couple lag budget burn slo sla slos slas threshold spike spikes window windows version versions "
    "branch commit commits kernel node nodes cpu memory ram disk quota mtls sidecar sidecars mesh vpn region zone az "
    "fatal panic err warn info loss "
    "email emails mails checks resolver resolvers addresses browser browsers dashboards discovery secret secrets "
    "password passwords credential credentials permission permissions payload header headers cookie cookies json yaml "
    "cluster-ip healthz readyz livez rps qps tps reconnect reconnects reconnections "
    "pub/sub pubsub termination overflow typo typos mistake spans targets "
    "stacktrace screenshot snippet link output result results line lines file files code repo manifest manifests env var vars "
    "variable variables value values label labels selector selectors annotation annotations rule rules peer peers sockets hop "
    "postmortem postmortems span directions direction luck target shell console terminal repl "
    "healthcheck healthchecks health-check health-checks monitor monitors synthetic synthetics uptime syn oom clusterip "
    "nodeport "
    "loadbalancer account page controller controllers operator operators ws wss h2 http2 amqp jdbc odbc mqtt "
    "websocket websockets hops mtu "
    "conntrack iptables ipvs ebpf cni pipeline pipelines ticket tickets channel newbie dev devs sre sres ops "
    "boss vendor partner partners visitor visitors weekend lunch stall stalls delay delays "
    "screen rollouts releases cutover failover maintenance runbook hiccup hiccups blip blips glitch glitches noise drill"
)
# Who tells of others' trouble: `grafana shows 503s for payments`.
CLUSTER_DNS = _words("coredns core-dns kube-dns")
TELLERS = _words(
    "blackbox helm "
    "users grafana prometheus prom alertmanager datadog kibana sentry kiali jaeger splunk newrelic pagerduty opsgenie "
    "dynatrace statuspage pingdom coredns core-dns kube-dns nodelocaldns node-local-dns dnsmasq kube-proxy cilium calico "
    "iptables"
)
# What follows is what is called; the verb of a sentence that names a caller and a callee.
CALL = _words(
    "call calls calling reach reaches reaching access accesses accessing hit hits hitting query queries querying ping pings "
    "pinging curl curls curling contact contacts contacting dial dials dialing dialling invoke invokes invoking resolve "
    "resolves resolving find finds finding fetch fetches fetching lookup nslookup see telnet wget nc dig scrape scrapes "
    "scraping"
)
PASSIVE = _words(
    "called reached accessed contacted resolved queried invoked used hit dialed reachable accessible callable resolvable"
)
# What stands before Services: `nginx returns 504 for payments` complains of payments.
PROXIES = ("nginx", "envoy", "ingress", "haproxy", "traefik", "istio", "kong", "gateway")
MESHES = frozenset((*PROXIES, "linkerd", "cilium", "cloudflare"))
TOOL = _words("curl wget nc telnet dig nslookup ping getent host kubectl psql grpcurl")  # run, and never called
TLS = _words("tls ssl mtls x509 cert certs certificate certificates")
ENVIRONMENT = _words("prod production env environment")
UNTIL = _words("when once")
OF_NODES = _words("node nodes region regions zone zones az")  # where pods lie: what is said with these names no Service
NOTHING = _words("nothing none everything all")  # as subjects: what is meant is all there is
OURSELVES = re.compile(r"(?:\w+://)?(?:127\.\d|0\.0\.0\.0|\[::1\]|::1\b|localhost\b(?![-.]))")
# What is done to whoever calls: `cart refuses web`, `vault doesn't answer payments`.
TURN_AWAY = _words("refuse refuses refusing refused reject rejects rejecting rejected answer answers answering")
RESOLVE = _words("resolve resolves resolving resolved resolvable lookup nslookup")
# Verbs whose object stands behind a preposition, and auxiliary ones: they say nothing by themselves.
VERB = _words(
    "connect connects connecting connected talk talks talking speak speaks speaking communicate communicates communicating "
    "send sends sending open opens make makes making establish get gets getting got went go goes going gone come comes "
    "coming came start starts started starting stop stops stopped stopping keep keeps kept keeping try tries tried trying use "
    "uses using refuse refuses wait waits waiting work works worked respond responds responding responded answer answers "
    "answering answered reply replies replying return returns returning returned serve serves serving served give gives "
    "giving gave throw throws throwing threw receive receives receiving received report reports reporting seem seems seemed "
    "look looks looked looking appear appears happen happens happening happened think know tell show check checking checked "
    "run runs running ran help want need wants needs say says said take takes took seeing sees saw behave behaves behaving "
    "act acts acting wondering wonder let have has had having complain complains complaining suffer suffers suffering "
    "pass passes load loads loading read reads reading pull pulls consume consumes consuming download downloads "
    "downloading according "
    "owns owned maintain maintains maintained migrate migrates migrated migrating moved moving switched switching added adding "
    "fixed fixing posted posting pushed pushing pulled pulling spun spinning stalled cause causes caused causing affect "
    "affects "
    "affected affecting impacted impacting handled handling passed passing pointed pointing jumped jumping climbing climbed "
    "rise rises rising rose doubled tripled grew growing showed shown heard woke woken dealing figured figuring found explain "
    "explains explained touched touching following followed enabled enables enabling disabled disabling rotated rotating "
    "renamed renaming bumped bumping rebuilt rebuilding cutting kicked kicking picked picking holding held caught vanish "
    "vanished vanishes disappear disappears disappeared recovering killed killing fell falling misconfigured overwritten "
    "exist exists existed existing land lands landed landing establishes established establishing closing closes "
    "list lists listed spit spits spitting spat spews spewing "
    "thrown raised emitted printed logged "
    "listen listens listening exposed exposes loaded loading elevated increased increasing decreased bought brought hangs- "
    "lives live resides reside sits "
    "up seen paged paging shipped spent spend spends "
    "experience experiences experiencing lose loses losing lost drop drops dropping dropped accept accepts accepting accepted"
)
SERVE = _words(
    "respond responds responding responded answer answers answering answered reply replies replying return returns "
    "returning returned serve serves serving give gives giving gave throw throws throwing threw refuse refuses refusing "
    "refused reject rejects rejecting rejected send sends sending drops dropping"
)
RECEIVE = _words(
    "get gets getting got see sees seeing saw receive receives receiving received have has having experience experiences "
    "experiencing report reports reporting hear hears throw throws throwing complain complains complaining"
)
AUX = _words(
    "is are was were be been being am do does did can could may might will would shall should must has have had it's that's "
    "there's thats what's who's how's where's im ive i'm we're they're you're i've we've they've isnt arent"
)
NEGATION = _words(
    "not no never cannot can't cant won't wont isn't aren't wasn't weren't doesn't doesnt don't dont didn't didnt couldn't "
    "couldnt wouldn't shouldn't hasn't haven't hadn't unable nothing none neither nobody without"
)
QUESTION = _words("what's how's where's who's why's when's hows why what how where which who when wtf whats whys")
SAY = _words("say says said log logs logging print prints printing show shows showing")
HEALTH = _words(
    "healthy ok okay up fine alive ready working good green well available reachable online operational sane sound doing "
    "health status state"
)
# Complaints that name no symptom of their own.
COMPLAINT = _words(
    "down broken failing fails fail failed failure failures unreachable inaccessible unavailable dead wrong bad odd weird "
    "strange problem problems issue issues trouble troubles error errors erroring errored outage incident unhealthy "
    "mismatch mismatched conflict collision missing crashloop crashloops sad sick degraded "
    "crashing crashes crashed crash crashlooping crashloopbackoff misbehaving stuck hanging hangs hung hang "
    "offline borked busted break breaks broke breaking red alert alerts alerting firing unresponsive complaint exception "
    "exceptions stalling choking struggling dying died die dies acting endpoint endpoints pending notready oomkilled evicted "
    "unready exhausted expired expire expires expiring untrusted "
    "unstable flapping flaps flap toast hosed kaput fubar bricked screwed cooked wonky janky wedged nuked unhappy grumpy ded "
    "throttled throttling saturated overloaded thrashing bouncing blackholed blackholing melting haywire tanking tanked"
)
EVERYWHERE = _words("everywhere anywhere")
# Parts of what is called or calls: `the canary of search`.
PART = _words("canary leader primary standby shard copy half")
# What stands behind a number that is no port.
NO_PORT = _words("minutes minute min mins seconds second secs sec hours hour days day times time weeks")
# What stands behind an hour or a day, and beside one that recurs.
BEHIND_TIME = _words(
    "am pm utc gmt cet cest est edt pst pdt ist sharp o'clock oclock january february march april may june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec"
)
TIMES = _words(
    "every each daily nightly weekly hourly night nights morning evening day days today yesterday tonight tomorrow monday "
    "tuesday wednesday thursday friday saturday sunday since until around started starts cron noon midnight"
)
# What stands before `to` and a verb: `fails to ingest`.
TO_DO = COMPLAINT | _words("try tries trying tried need needs want wants able unable supposed refuses")
REQUEST = _words(
    "trace check chk look debug diagnose troubleshoot investigate inspect test verify examine analyse analyze"
)
POLICY = _words(
    "policy policies networkpolicy networkpolicies netpol netpols firewall block blocks blocked blocking allow allows allowed "
    "allowing deny denies denied denying permit permits permitted forbid forbids forbidden able possible prevent prevents"
)
# Kinds of things, which stand before or behind a name.
KIND = _words(
    "service services svc svcs pod pods po deployment deployments statefulset statefulsets sts daemonset daemonsets ds job "
    "jobs cronjob cronjobs replicaset namespace namespaces ns cluster clusters container containers workload workloads "
    "microservice microservices instance instances replica replicas ep endpointslice endpointslices"
)
NAMESPACE = _words("namespace namespaces ns")
CLUSTER = _words("cluster clusters")
WORKLOAD = KIND - NAMESPACE - CLUSTER
# Nouns that somebody may have named a Service with: names where a verb or a preposition stands right beside them.
MAYBE_SERVICE = (
    _words("trace user customer client dashboard messages query rate review data logs log graph network message host")
    | _NOUNS
) - _words("clusterip cluster-ip nodeport loadbalancer conntrack iptables ipvs ebpf cni kernel cpu memory ram disk")
# Verbs that somebody may have named a Service with: names where a verb of calling or of health stands right behind them.
MAYBE_DOER = _words("reporting logging tracking building reports builds searches matches")
LOG_IN = _words("log login logon sign signin")
TELL = _words("tell notify alert warn ping let message")
DID = _words(
    "deployed deploying rolled rolling merged restarted restarting upgraded upgrading updated updating scaled scaling "
    "deleted deleting reverted approved rebooted removed released shipped"
)
# Nouns that are namespaces, too, where they stand behind `in` alone or before `namespace`.
MAYBE_NAMESPACE = _words("back front data network user users messages edge team people")
TRAFFIC = _words(
    "traffic request requests call calls packet packets connection connections connectivity conn conns req reqs"
)
NOUN = (
    TRAFFIC
    | _NOUNS
    | _words(
        "response responses answer answers reply replies lookup lookups dns name names hostname host hosts port ports query "
        "queries data log logs graph graphs dashboard code codes message messages side end way path route routing network "
        "networking thing things people team guys folks everyone everybody someone somebody anyone anybody person one "
        "ones help "
        "advise advice hint hints tip tips os "
        "ratio ratios count counts percentage volume usage utilization throughput logins signups alarm alarms "
        "idea ideas clue clues pointer pointers suggestion suggestions thoughts "
        "reason cause root hand chance time times moment minute minutes min mins second seconds sec secs hour hours "
        "day days week morning afternoon evening night today yesterday tonight tomorrow monday tuesday wednesday thursday "
        "friday saturday sunday release rollout deploys update upgrade change changes changed restart restarts user probe "
        "probes liveness readiness startup java python golang dotnet customer customers client clients lot lots bunch "
        "matter channel resolution kind sort entry entries record records "
        "bit rate percent number half rest part question thanks thread rpc grpc http https tls ssl endpoint url address ip "
        "socket handshake x509 cert certificate timeout api-server k8s kubernetes kube k8snet bot"
    )
)
PRONOUN = _words(
    "this it that these those everything anything something things thing stuff all they them him her he she its itself "
    "others something's everything's whatever whoever both"
)
EVERYTHING = _words(
    "nobody everything anything something things all nothing any stuff pods services svcs workloads everyone jobs cronjobs"
)
PERSON = _words(
    "i me my mine we us our ours you your yours he she his her they their someone somebody anyone anybody folks"
)
DETERMINER = _words(
    "the a an any some our my your their its this that these those each every all another other same new old"
)
# With an article these mean what was talked of before; without one somebody may have a Service of that name.
GENERIC = _words(
    "app apps application applications server servers api-server workers backend backends thing site website system tier "
    "layer stack"
)
FILLER = _words(
    "and or but so then than too also just still again yet already even ever only really very quite pretty much more most "
    "less many few now here there back out off away down together please pls plz kindly hey hi hello yo ok okay um uh hmm "
    "well sorry thanks thank thx cheers yes yeah yep no nope maybe perhaps apparently basically actually currently suddenly "
    "always often sometimes usually now-and-then though because since if whether while when whenever once until till after "
    "before during as like same such own quick quickly asap fyi btw imo lol omg ugh damn hell heck earth fuck fucking wtf "
    "team all guys folks anyone plain weirdly about around both either every none recently lately today tonight yesterday "
    "morning afternoon evening night hour hours minute minutes min mins second seconds sec secs day days week ago long "
    "first last next new old big small high low full empty whole entire certain sure possible able going gonna wanna let's "
    "lets mind else intermittent continuous constant repeated repeatedly several multiple lots etc e.g i.e via's re "
    "uf nr urx lgtm twice thrice two three four five six seven eight nine ten third fourth fifth sixth "
    "nvm sry srry soz oops whoops anyway anyways anyhow undici axios httpx urllib3 okhttp hikaripool jedis faraday hikari "
    "getaddrinfo besides disturb great occurred ofc "
    "triggered resolved recovered critical warning severity urgency acknowledged tcp udp sctp anymore longer knows knew "
    "known mean means meant useless useful closed closes close fire roof guess believe suppose noticed noticing expect "
    "expected expecting suspect saying told asking asked ask asks wonders looks-like rather almost nearly barely hardly "
    "simply totally completely literally especially particularly somehow somewhere anywhere everywhere nowhere elsewhere "
    "loads tons heaps plenty right tf ffs af smh rn u ur super hella idk iirc afaik ugh argh "
    "named fresh temp temporary throwaway forever "
    "inbound outbound upstream downstream internal external local remote live real fake extra various different similar "
    "common general main major minor huge tiny sudden total successful unsuccessful correct incorrect normal abnormal weird "
    "zero caller psql grpcurl redis-cli pg_isready strict outside noon midnight mysterious sanity eyes blank urgent urgently "
    "halp q smth sth hm hmmm hrm umm erm crazy stupid "
    "silly nasty ugly worse worst better best fast faster slower older newer latest "
    "oncall current heavy busy idle curious clueless confused blind roughly approx approximately extremely overall upfront "
    "cuz coz cos bc bcs any1 some1 sum1 every1 no1 msg msgs dunno gotta kinda sorta cn "
    "bump psa fwd heads-up port-forward port-forwarding in-cluster cross-namespace mid-deploy on-call one-off end-to-end e2e "
    "egress broken-ish random late early ready-to soonest final nobody's someone's prod's let letting keep leave leaves left "
    "leaving bring brings brought put puts seemingly continues continue continued continuing begin begins began beginning "
    "end ends ended ending become becomes became remain remains stay stays stayed turn turns turned turning feel feels felt "
    "allow-listed depend depends depending wait-for manage manages managed managing hope hopes hoping likes thinks thought "
    "unfortunately surprisingly roll rolls rolled rolling merge merged merging revert reverted approve approved approves "
    "reviewed deployed deploying redeployed redeploying restarted restarting upgraded upgrading updated updating rebooted "
    "rebooting scaled scaling deleted deleting removed removing kubectl per each'd only-when times-out correctly properly "
    "unix except excluding either-or ladies gentlemen mate buddy dear bot k8snet"
)
MOVED = _words(
    "according migrated migrating moved moving switched switching upgraded upgrading updated updating changed "
    "changing renamed bumped deployed redeployed shipped pushed released promoted"
)
RUNTIME = _words("java node nodejs python go golang dotnet rails php ruby rust perl scala kotlin elixir")
# What speaks for a program, and begins the errors of its libraries: `pq: …`, `kafka: …`.
DRIVERS = RUNTIME | _words(
    "pq pgx lib/pq kafka redis nats grpc amqp rabbitmq mysql postgres psycopg2 mongo mongodb memcached etcd cassandra "
    "elasticsearch sarama laravel spring django symfony nodejs flask express "
    "erlang dns http https tls x509 rpc sql npgsql jdbc"
)
# Verbs with which somebody takes something from whom they call.
TAKE = _words(
    "load loads loading read reads reading pull pulls pulling fetch fetches fetching consume consumes consuming "
    "download downloads"
)
# What somebody does alone: who cannot, calls nobody.
BY_ITSELF = _words("start boot run work come go load scale respond answer keep stay be get handle cope recover finish")
# What stands behind verbs and is part of them: `pile up`, `die off`.
PARTICLE = _words("up off out away")
# What may stand between a subject and its verb.
STILL = _words(
    "now still just also always often sometimes suddenly again only even constantly keeps currently apparently both"
)
# What people do to a cluster and k8snet never does.
ACTION = _words(
    "deploy redeploy restart restarts rollback roll scale delete remove fix patch drain cordon kill apply create install "
    "uninstall upgrade revert merge reboot exec ssh silence ack acknowledge resolve-incident run execute drop rm sudo "
    "shutdown stop edit order buy book write"
)
TAIL = _words("since because cuz coz cos bc bcs after before until till during ever while")
# What a tail is of, so that it ends there: `after the node upgrade web is down`.
EVENT = _words(
    "upgrade update rollout deploy release restart reboot change changes maintenance migration cutover failover incident outage"
)
PREPOSITION = _words(
    "under "
    "in inside within from to into onto on over at via through with for of about against between by behind towards toward "
    "using and or"
)
# What may stand between names in a sentence that is English, for telling people's talk from other languages.
TALK = _words(
    "i'll we'll you'll he'll she'll they'll lunch coffee break meeting call tomorrow later soon great nice cool awesome "
    "perfect lgtm done shipped merged haha lmao rofl ty np welcome congrats bye see agreed agree true right wrong joke fun "
    "funny interesting sounds sound good deal on it got this looking taking care owner own own's reviewing review pr "
    "on-call oncall shift handing over hand brb afk eta wfh ooo pto sick vacation holiday weekend happy birthday be been "
    "who's anyone's standup retro postmortem ticket jira docs doc read reading wait hold second moment loop looping cc'ing "
    "cc adding thought thoughts think thinking feel feels feeling love loved hate hated wild job work would might could "
    "nvm fixed"
)
# What stands behind `in` and is no place of a cluster.
NO_NAMESPACE = (
    DETERMINER
    | PRONOUN
    | PERSON
    | KIND
    | AUX
    | PREPOSITION
    | NEGATION
    | QUESTION
    | TRAFFIC
    | COMPLAINT
    | _words(
        "like about around almost nearly roughly literally basically every general time fact case addition turn order "
        "particular short detail details parallel practice theory progress "
        "trouble calling connecting reaching talking response return logs log thread slack kubernetes k8s kube here there "
        "front back between production-ish morning afternoon evening night minutes minute hours hour days day weeks seconds "
        "touch sync advance vain half part total question charge"
    )
)
_HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
_NOUNS_ING = _words(
    "billing pricing staging shipping routing booking bookings marketing messaging tracking logging monitoring banking "
    "reporting accounting scheduling matching rating ratings ranking onboarding testing feed embed building training "
    "listing listings invoicing ordering mailing settings indexing caching streaming warehousing purchasing ping string"
)
_NOUNS_LY = _words("supply reply assembly family anomaly fly weekly-report ally bitly grafly")
_LY = re.compile(r"[a-z]{3,}ly")
_PLACE = re.compile(
    r"(?:.*[-_.])?(?:prod|production|staging|stage|stg|dev|test|qa|uat|live|preprod|sandbox|eu|us|ap|west|east|north|south"
    r"|cluster|k8s|gke|eks|aks|kind|minikube|edge)\d*(?:[-_.].*)?"
)
_ADJECTIVE = re.compile(r"[a-z]{3,}(?:able|ible|ful|less|ish|ious)")
_DONE = re.compile(r"[a-z]{3,}(?:ing|ed)")

# What no error names as a host.
NO_HOST = (
    PREPOSITION | AUX | NEGATION | QUESTION | PERSON | PRONOUN | DETERMINER | FILLER | _words("failed failure error")
)
KNOWN = frozenset().union(
    SAY, CALL, PASSIVE, VERB, SERVE, RECEIVE, AUX, NEGATION, QUESTION, HEALTH, COMPLAINT, POLICY, KIND, NOUN, PRONOUN, PERSON,
    DETERMINER, FILLER, REQUEST, PREPOSITION,
)  # fmt: skip


def is_proxy(name: str) -> bool:
    """Return whether a name is that of what stands before Services: `nginx-internal`, `api-gateway`."""
    return name.lower().startswith(PROXIES) or name.lower().rpartition("-")[2] in PROXIES


def is_adverb(word: str) -> bool:
    """Return whether an unknown word ends like an adverb and is not one of the names that do."""
    return bool(_LY.fullmatch(word)) and word not in _NOUNS_LY


def is_adjective(word: str) -> bool:
    """Return whether an unknown word ends like an adjective: `resolvable`, `useless`, `laggyish`."""
    return bool(_ADJECTIVE.fullmatch(word))


def may_be_verb(word: str) -> bool:
    """Return whether an unknown word ends like a verb (`barfing`, `borked`) and is not one of the names that do."""
    return bool(_DONE.fullmatch(word)) and word not in _NOUNS_ING


def is_hour(number: str) -> bool:
    """Return whether a number may be an hour with its minutes: `0230`."""
    return bool(_HOUR.fullmatch(number))


def is_place(word: str) -> bool:
    """Return whether a word is written as clusters and their regions are: `prod-eu`, `staging`, `us-east-1`."""
    return bool(_PLACE.fullmatch(word.lower()))
