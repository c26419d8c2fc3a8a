#!/usr/bin/env bash
# nftables 1.0.6 (Debian 12's nftables and libnftables1). Needs root: the rules are made in a network namespace of its own.
# Expected: what `nft -j list ruleset` prints goes back by `nft -j -f`, as `nft list ruleset` goes back by `nft -f`: libnftables-json(5) calls JSON
#   "an alternative frontend", whose "basic behaviour is identical".
# Seen: the listing names maps before chains and input is taken in order, so a map whose elements go to a chain, as kube-proxy's service-ips do, is refused and nothing
#   is loaded; with the chains moved to the front it loads. Comments are lost: the table's is not printed, those of sets and maps are printed and not read.
# Output: text: the same rules | JSON: refused, Error: Could not process rule: No such file or directory | JSON, chains first: lost comment "rules of Services" comment "ClusterIP traffic"
# Why it matters: a snapshot of a node's rules as JSON, which parsers like best, cannot be played back elsewhere, and a comparison by it does not see that tables differ.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
apt-get -qq download nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11 libjansson4 libmnl0 libedit2 libbsd0 libxtables12 2> log
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu PATH=$dir/root/usr/sbin:$PATH
cat > rules.nft <<'NFT'
table ip services {
  comment "rules of Services"
  chain cart {
    meta l4proto tcp dnat to 10.244.0.5:8080
  }
  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    comment "ClusterIP traffic"
    elements = { 10.96.0.10 . tcp . 80 comment "shop/cart:http" : goto cart }
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
}
NFT
cat > reload.py <<'PY'
import json, subprocess, sys

def nft(*words, stdin=""):
    return subprocess.run(["nft", *words], input=stdin, capture_output=True, text=True)

def reloaded(*words, stdin):
    nft("flush", "ruleset")
    loading = nft(*words, "-f", "-", stdin=stdin)
    if loading.returncode:
        return "refused, " + loading.stderr.splitlines()[0].split(": ", 1)[1]
    now = nft("list", "ruleset").stdout.splitlines()
    return "lost " + " ".join(line.strip() for line in text.splitlines() if line not in now) if now != text.splitlines() else "the same rules"

if nft("-f", "rules.nft").returncode:
    sys.exit("nft cannot load rules here (no root, or a kernel without nf_tables).")
text, listing = nft("list", "ruleset").stdout, nft("-j", "list", "ruleset").stdout
objects = sorted(json.loads(listing)["nftables"], key=lambda each: ("metainfo", "table", "chain", "map", "rule").index(*each))
seen = " | ".join((
    f"text: {reloaded(stdin=text)}",
    f"JSON: {reloaded('-j', stdin=listing)}",
    f"JSON, chains first: {reloaded('-j', stdin=json.dumps({'nftables': objects}))}",
))
print(seen)
if seen != (
    "text: the same rules | JSON: refused, Error: Could not process rule: No such file or directory | "
    'JSON, chains first: lost comment "rules of Services" comment "ClusterIP traffic"'
):
    sys.exit("nft now reads its own JSON listing, or keeps comments in it.")
PY
unshare --net python3 reload.py
