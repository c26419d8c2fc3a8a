#!/usr/bin/env bash
# jc 1.26.1 (PyPI), parser iptables, fed by iptables 1.8.9 (Debian 12). Needs root: the rules are made in a network namespace of its own.
# Expected: `iptables -L -n -v` shortens counters over 99,999 with K, M or G, and jc reads both columns alike: its page of the parser has pkts and bytes as integers,
#   bytes "converted based on suffix", and says that -v is supported with and without -x.
# Seen: the letter is taken into account for bytes, and dropped for packets: 123,456 packets are 123, and 100,000 are 100, fewer than 99,999.
# Output: {'-v': [(99999, 6600000), (100, 6600000), (123, 8148000)], '-v -x': [(99999, 6599934), (100000, 6600000), (123456, 8148096)]}
# Why it matters: a counter that grew looks as if it fell, and packets dropped per second by a kube-proxy or policy rule are off by a thousand. Ask iptables with -x.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q jc==1.26.1
apt-get -qq download iptables=1.8.9-2 libip4tc2 libip6tc2 libxtables12 libnftnl11 libmnl0 2> log
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > count.py <<'PY'
import subprocess, sys
import jc

def iptables(*words):
    return subprocess.run(["root/usr/sbin/xtables-nft-multi", "iptables", *words], capture_output=True, text=True, check=True).stdout

COUNTED = (99_999, 6_599_934), (100_000, 6_600_000), (123_456, 8_148_096)
for packets, size in COUNTED:
    iptables("-A", "INPUT", "-c", str(packets), str(size), "-j", "DROP")

def read(*words):
    rules = jc.parse("iptables", iptables("-L", "INPUT", "-n", "-v", *words))[0]["rules"]
    return [(rule["pkts"], rule["bytes"]) for rule in rules]

seen = {"-v": read(), "-v -x": read("-x")}
print(seen)
if seen["-v -x"] != list(COUNTED):
    sys.exit("iptables itself now counts in another way.")
if [packets for packets, _ in seen["-v"]] != [99999, 100, 123]:
    sys.exit("jc now takes K, M and G of packets into account, too.")
PY
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu XTABLES_LIBDIR=$dir/root/usr/lib/x86_64-linux-gnu/xtables
unshare --net venv/bin/python count.py
