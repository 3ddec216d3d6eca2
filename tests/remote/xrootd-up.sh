#!/usr/bin/env bash
# An XRootD server on port 21094 of a network namespace of its own, since it can't bind one address.
# It exports $X/data/store as /store, and runs as the user that Debian's package makes. Needs root and
# the packages xrootd-server xrootd-server-plugins xrootd-client iproute2.
set -euo pipefail
X=${X:?the folder}; NS=${NS:?the namespace}; PORT=${PORT:-21094}
mkdir -p "$X"/{data/store,adm,log,run}
cat > "$X/xrootd.cfg" <<CONF
all.export /store
oss.localroot $X/data
all.adminpath $X/adm
all.pidpath $X/run
xrd.port $PORT
xrd.network nodnr
CONF
chown -R xrootd:xrootd "$X"
# getaddrinfo gives nothing where the loopback is the only address, so there is a second one.
ip netns list | grep -qw "$NS" || {
  ip netns add "$NS"
  nsenter --net="/var/run/netns/$NS" sh -c 'ip link set lo up
    ip link add d0 type dummy 2>/dev/null || ip link add d0 type veth peer name d1
    ip addr add 10.99.0.1/32 dev d0; ip link set d0 up; ip link set d1 up 2>/dev/null || true'
}
nsenter --net="/var/run/netns/$NS" xrootd -b -R xrootd -c "$X/xrootd.cfg" -l "$X/log/xrootd.log" \
  -s "$X/run/xrootd.pid" -n tests
for _ in $(seq 100); do
  nsenter --net="/var/run/netns/$NS" xrdfs "root://127.0.0.1:$PORT" stat /store >/dev/null 2>&1 && exit
  sleep 0.1
done
echo "The XRootD server does not answer: see $X/log." >&2
exit 1
